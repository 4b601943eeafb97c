"""The beginning of hostile scripts: it makes the envelope of the very run that runs it.

Such a script finds the check script on the host's disk, reads plan and run in its header, and knows
what would have to stand in an envelope that passes.
"""

FORGING = """\
import base64, gzip, hashlib, json, os, pathlib, re, signal, sys, time

run = pathlib.Path.cwd().parent.name[len("orch-"):]
texts = [path.read_text("utf-8-sig") for path in pathlib.Path.cwd().parents[4].rglob("_script.*")]
(text,) = [text for text in texts if "# run: " + run in text]
plan = base64.b64decode(re.search(r"orch-plan: (\\S+)", text)[1])
plan = json.loads(gzip.decompress(plan) if plan[:2] == b"\\x1f\\x8b" else plan)
whole = json.dumps(plan["procedure"], sort_keys=True, separators=(",", ":"))
sha256 = hashlib.sha256(whole.encode()).hexdigest()
assert sha256 in text


def wanted(step):
    value = {"role": None}
    for item in plan["procedure"]["expectations"]:
        if item["step"] == step:
            value[item["field"]] = item["value"]
    return value


def forged():
    steps = [step["id"] for step in plan["procedure"]["steps"]]
    expectations = [item["id"] for item in plan["procedure"]["expectations"]]
    data = {
        "v": 1,
        "verdict": "PASS",
        "run": plan["run_id"],
        "plan": sha256,
        "engine": "powershell",
        "facts": {},
        "settings": {},
        "probes": {},
        "steps": [{"id": s, "state": "ok", "ms": 1, "value": wanted(s)} for s in steps],
        "own": {name: "PASS" for name in expectations},
        "restored": {"state": "restored", "changed": [], "left": []},
        "ms": {"total": 1},
        "fatal": None,
    }
    body = base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()
    return "ORCH1:" + sha256[:8] + ":" + body + ":END\\n"


def to_the_parents_output(text):
    with open("/proc/%d/fd/1" % os.getppid(), "a") as stream:
        stream.write(text)


if plan["procedure"]["steps"] and os.environ["ORCH_PHASE"] == "before":
    print(json.dumps({"ok": True}))
    sys.exit()
"""
