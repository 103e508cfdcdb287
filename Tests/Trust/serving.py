"""One server of both sides of a case: the model that obeys, as OpenAI's API, and the world's tools, as an MCP server.

Under `/case/ID/v1` the model is asked, under `/case/ID/mcp` the tools are used, so that many cases run at once.
"""

import http.server
import json
import threading


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cases = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        # The server sends nothing by itself.
        self._answer(405)

    def do_DELETE(self):
        self._answer(200)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
        _, _, number, *rest = self.path.split("/")
        case = self.server.cases[number]
        with case.lock:
            if rest == ["mcp"]:
                self._mcp(case, body)
            elif rest[-1] == "completions":
                self._reply(case, body)
            else:
                self._answer(404)

    def _answer(self, status, text="", kind="application/json"):
        data = text.encode()
        self.send_response(status)
        if data:
            self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    # The Model Context Protocol, by its transport over HTTP: each message has an answer of its own.

    def _mcp(self, case, message):
        if "id" not in message:
            return self._answer(202)
        given = message.get("params") or {}
        match message["method"]:
            case "initialize":
                result = {
                    "protocolVersion": given.get("protocolVersion", "2025-06-18"),
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "world", "version": "1"},
                }
            case "tools/list":
                result = {"tools": case.case.tools}
            case "tools/call":
                text, failed = case.case.use(given["name"], given.get("arguments") or {})
                result = {"content": [{"type": "text", "text": text}], "isError": failed}
            case "ping":
                result = {}
            case other:
                error = {"code": -32601, "message": f"there is no method {other}"}
                return self._answer(200, json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}))
        self._answer(200, json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}))

    # OpenAI's chat completions, streamed where that is asked for.

    def _reply(self, case, body):
        told = [message for message in body["messages"] if message["role"] == "tool"]
        heard = [_text(message["content"]) for message in told[case.heard :]]
        case.heard = len(told)
        asked = case.case.model.next(heard)
        if isinstance(asked, str):
            message = {"role": "assistant", "content": asked}
            finish = "stop"
        else:
            message = {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "index": place,
                        "id": f"call_{case.heard}_{place}",
                        "type": "function",
                        "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
                    }
                    for place, call in enumerate(asked)
                ],
            }
            finish = "tool_calls"
        usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
        whole = {"id": "c", "model": "model", "usage": usage}
        if not body.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": finish}
            return self._answer(200, json.dumps({**whole, "object": "chat.completion", "choices": [choice]}))
        chunks = [
            {**whole, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
            for delta, end in ((message, None), ({}, finish))
        ]
        frames = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
        self._answer(200, frames, "text/event-stream")


def _text(content):
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
