"""A server of tools over standard input and output, that does what its first argument says."""
import json
import os
import subprocess
import sys

kind = sys.argv[1]


def say(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def call(number, name, arguments):
    if name == "die":
        print("good night, " + os.environ.get("WATCHWORD", ""), file=sys.stderr, flush=True)
        os._exit(3)
    if name == "junk":
        print("I am no message", flush=True)
    if name == "torn":
        print("I am none either: ", end="", flush=True)
    if name == "silent":
        # It says that it has begun, by progress, and then nothing.
        say({"method": "notifications/progress", "params": {"progressToken": number, "progress": 1}})
        return
    if name == "child":
        # Its line comes when it runs: before that its arguments cannot be seen yet.
        child = subprocess.Popen(["sh", "-c", "echo; while :; do sleep 1000; done", arguments["seconds"]], stdout=subprocess.PIPE)
        child.stdout.readline()
    if name == "read":
        try:
            text = open(arguments["path"]).read()
        except OSError as error:
            say({"id": number, "result": {"content": [{"type": "text", "text": type(error).__name__}], "isError": True}})
            return
        say({"id": number, "result": {"content": [{"type": "text", "text": text}]}})
        return
    if name == "where":
        found = {"folder": sorted(os.listdir(".")), "word": os.environ.get("WATCHWORD"), "home": os.environ.get("HOME")}
        say({"id": number, "result": {"content": [], "structuredContent": found}})
        return
    say({"id": number, "result": {"content": [{"type": "text", "text": name}]}})


names = ["where", "read", "die", "junk", "torn", "silent", "child"]
if kind == "ends":
    print("there is nothing to do", file=sys.stderr)
    sys.exit(7)
if kind in ("prints", "chatters"):
    print("Server started!", flush=True)
if kind == "floods":
    for number in range(200):
        print(f"line {number}", flush=True)
for line in sys.stdin:
    message = json.loads(line)
    method, number = message.get("method"), message.get("id")
    if kind in ("chatters", "floods"):
        continue
    if method == "initialize":
        say({"id": number, "result": {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
                                      "serverInfo": {"name": "fixture", "version": "1"}}})
    elif method == "tools/list":
        say({"id": number, "result": {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in names]}})
    elif method == "tools/call":
        call(number, message["params"]["name"], message["params"]["arguments"])
    elif method == "notifications/cancelled":
        print("taken back", file=sys.stderr, flush=True)
# It does not end by itself when its input ends, as a server should.
if kind == "stays":
    import time
    while True:
        time.sleep(60)
