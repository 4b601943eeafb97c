"""Random condition clauses, biased so that about two in three hold."""

STRINGS = {
    "aws:PrincipalTag/team": ["red", "blue", "Red", "a*b"],
    "aws:UserAgent": ["boto3/1.0", "aws-cli/2", "console"],
    "aws:PrincipalOrgID": ["o-aaaaaaaaaa", "o-bbbbbbbbbb"],
    "aws:SourceIdentity": ["alice", "bob", "team-red"],
}
OF_ACTION = {
    "s3:ListBucket": {"s3:prefix": ["", "home/alice", "home/red/x", "logs/"]},
    "sts:AssumeRole": {"sts:ExternalId": ["right", "wrong", "Right"]},
}
NUMBERS = {"aws:MultiFactorAuthAge": ["0", "5", "300", "10.5", "-1"]}
DATES = {
    "aws:CurrentTime": ["2024-01-01T00:00:00Z", "2024-06-30T12:00:00Z", "2025-01-01T00:00:00Z"],
    "aws:TokenIssueTime": ["2023-12-31T23:59:59Z", "2024-06-30T12:00:00Z"],
}
BOOLS = {
    "aws:SecureTransport": ["true", "false"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:ViaAWSService": ["true", "false"],
}
ADDRESSES = {"aws:SourceIp": ["203.0.113.7", "198.51.100.1", "2001:db8::7"]}
ARNS = {
    "aws:SourceArn": [
        "arn:aws:sns:us-east-1:111111111111:topic",
        "arn:aws:s3:::bucket",
        "arn:aws:sns:eu-west-1:222222222222:a/b:c",
    ]
}
SEVERAL = {
    "aws:TagKeys": ["team", "env", "cost", "Team"],
    "aws:PrincipalOrgPaths": ["o-aaaaaaaaaa/r-ab12/ou-1/", "o-aaaaaaaaaa/r-ab12/ou-2/"],
}

OTHER_FORMS = {
    "Date": ["2024-01-01", "2024-06-30T21:00:00+09:00", "2024-06-30T12:00:00.000Z", "2024-06"],
    "Numeric": [5, 10.5, "5.0", "300.00", "+5"],
}
BYTES = ["cmVk", "Ymx1ZQ=="]

NETWORKS = [
    "203.0.113.0/24",
    "203.0.113.99/25",
    "203.0.113.7",
    "198.51.100.0/25",
    "2001:db8::/32",
    "128.0.0.0/1",
]
ARN_PATTERNS = [
    "arn:aws:sns:*:111111111111:*",
    "arn:aws:sns:*:*:a/*",
    "arn:aws:s3:::bucke?",
    "arn:aws:sns:us-*:*:t*c",
    "arn:aws:*:*:*:*",
    "arn:aws:sns:*:*:${aws:PrincipalTag/team, 'topic'}",
]
STRING_PATTERNS = ["*", "r*", "?ed", "home/*", "home/${aws:PrincipalTag/team, 'x'}/*", "*e*", "x*"]
WITH_DEFAULT = ["${aws:PrincipalTag/team, 'red'}", "team-${aws:PrincipalTag/team, 'red'}"]
PRINCIPALS = [
    "arn:aws:iam::111111111111:role/EC2RoleforSSM",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::111111111111:user/*",
    "arn:aws:iam::111111111111:*",
    "arn:aws:*::222222222222:*",
    "arn:aws:sts::111111111111:assumed-role/*",
]
EQUALS = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"]
LIKES = ["StringLike", "StringNotLike"]
ORDERS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]


def context(chance, action, *, likely=0.8):
    """A request context: most of the keys, each with one of its values."""
    found = {}
    for table in (STRINGS, OF_ACTION.get(action, {}), NUMBERS, DATES, BOOLS, ADDRESSES, ARNS):
        for key, values in table.items():
            if chance.random() < likely:
                found[key] = chance.choice(values)
    if chance.random() < likely:
        found["aws:RequestTag/bytes"] = chance.choice(BYTES)
    for key, values in SEVERAL.items():
        if chance.random() < likely:
            found[key] = chance.sample(values, chance.randint(1, 2))
    return found


def condition(chance, action, given):
    """A Condition element with one to three clauses for a request with the given context."""
    found = {}
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        operator, key, values = _clause(chance, action, given)
        keys = found.setdefault(operator, {})
        if key.lower() not in (known.lower() for known in keys):
            keys[_case(chance, key)] = values
    return found


def _case(chance, key):
    """Names of keys mean the same in any letter case."""
    return key.upper() if chance.random() < 0.03 else key


def _clause(chance, action, given):
    makers = [_string, _string, _string, _number, _date, _bool, _address, _arn, _set, _set, _null]
    operator, key, values = chance.choice([*makers, _binary])(chance, action, given)
    if operator != "Null" and chance.random() < 0.2:
        operator += "IfExists"
    return operator, key, values


def _string(chance, action, given):
    table = STRINGS | OF_ACTION.get(action, {})
    key = chance.choice(list(table))
    return _text(chance, table[key], key, given)


def _text(chance, values, key, given):
    operator = chance.choice([*EQUALS, *LIKES])
    wanted = _some(chance, values)
    if operator in LIKES and chance.random() < 0.6:
        wanted = [*wanted[1:], chance.choice(STRING_PATTERNS)]
    if chance.random() < 0.25:
        wanted = [*wanted[1:], chance.choice(_variables(operator, given))]
    return operator, key, _one_or_list(chance, wanted)


def _variables(operator, given):
    """Variables whose meaning is not in dispute (see disputed-cases.json)."""
    found = [*WITH_DEFAULT, "${aws:PrincipalTag/team}"]
    if operator in LIKES:
        found.append("a${*}b")
    if "Not" not in operator:
        return [*found, "home/${aws:username}", "${aws:RequestTag/none}"]
    return found if "aws:PrincipalTag/team" in given else WITH_DEFAULT


def _typed(chance, prefix, table):
    key = chance.choice(list(table))
    values = [*table[key], *OTHER_FORMS.get(prefix, [])]
    return prefix + chance.choice(ORDERS), key, _one_or_list(chance, _some(chance, values))


def _number(chance, action, given):
    return _typed(chance, "Numeric", NUMBERS)


def _date(chance, action, given):
    return _typed(chance, "Date", DATES)


def _bool(chance, action, given):
    values = ["true", "false", "TRUE", True, False]
    return "Bool", chance.choice(list(BOOLS)), _one_or_list(chance, _some(chance, values))


def _address(chance, action, given):
    operator = chance.choice(["IpAddress", "NotIpAddress"])
    known = NETWORKS
    if operator == "NotIpAddress" and "aws:SourceIp" in given:
        # A single IPv4 address beside an IPv6 one is in dispute.
        known = [one for one in NETWORKS if "/" in one or ":" not in given["aws:SourceIp"]]
    return operator, "aws:SourceIp", _one_or_list(chance, _some(chance, known))


def _arn(chance, action, given):
    operator = chance.choice(["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"])
    if chance.random() < 0.4:
        return operator, "aws:PrincipalArn", _one_or_list(chance, _some(chance, PRINCIPALS))
    values = _some(chance, [*ARNS["aws:SourceArn"], *ARN_PATTERNS])
    return operator, "aws:SourceArn", _one_or_list(chance, values)


def _binary(chance, action, given):
    return "BinaryEquals", "aws:RequestTag/bytes", chance.choice(BYTES)


def _null(chance, action, given):
    key = chance.choice([*STRINGS, *DATES, *SEVERAL, "aws:username", "aws:RequestTag/none"])
    return "Null", key, chance.choice(["true", "false"])


def _set(chance, action, given):
    over = chance.choice(["ForAnyValue:", "ForAllValues:"])
    key = chance.choice(list(SEVERAL))
    operator, key, values = _text(chance, SEVERAL[key], key, given)
    return over + operator, key, values


def _some(chance, values):
    return chance.sample(values, chance.randint(1, min(2, len(values))))


def _one_or_list(chance, values):
    return values[0] if len(values) == 1 and chance.random() < 0.7 else values
