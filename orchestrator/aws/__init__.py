"""Level 3: the edge to AWS. boto3 stays in here, and its errors become ours on the way out."""
