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
        return
    if name == "silent":
        # It says that it has begun, by progress, and then nothing.
        say({"method": "notifications/progress", "params": {"progressToken": number, "progress": 1}})
        return
    if name == "child":
        subprocess.Popen(["sleep", arguments["seconds"]])
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


names = ["where", "read", "die", "junk", "silent", "child"]
if kind == "ends":
    print("there is nothing to do", file=sys.stderr)
    sys.exit(7)
if kind == "prints":
    print("Server started!", flush=True)
for line in sys.stdin:
    message = json.loads(line)
    method, number = message.get("method"), message.get("id")
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
