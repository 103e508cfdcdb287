"""How servers say what went wrong: each in a form of its own, with a status and without one. The words are always kept."""

import json

from fault_server import streamed, until_closed, whole
from quirk import fails
from said import delta, error, frame

SAYS = "the model sleeps"

FORMS = {
    "openai": {"error": {"message": SAYS, "type": "invalid_request_error", "param": None, "code": None}},
    "text": {"error": SAYS},
    "fastapi": {"detail": SAYS},
    "fastapi-fields": {"detail": [{"loc": ["body", "seed"], "msg": SAYS, "type": "int_parsing"}]},
    "fastapi-record": {"detail": {"error": SAYS}},
    "gemini": [{"error": {"code": 400, "message": SAYS, "status": "INVALID_ARGUMENT"}}],
    "gemini-alone": {"error": {"code": 400, "message": SAYS, "status": "INVALID_ARGUMENT", "details": []}},
    "vllm": {"object": "error", "message": SAYS, "type": "BadRequestError", "param": None, "code": 400},
    "mistral": {"object": "error", "message": {"detail": [{"loc": ["body", "stop"], "msg": SAYS}]}, "type": "invalid_request_error", "code": None},
    "mistral-text": {"object": "error", "message": SAYS, "type": "invalid_request_message_order", "param": None, "code": "3230"},
    "anthropic": {"type": "error", "error": {"type": "invalid_request_error", "message": SAYS}},
    "openrouter": {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": SAYS, "provider_name": "X"}}},
    "cohere": {"message": SAYS},
    "tgi": {"error": SAYS, "error_type": "validation"},
    "bedrock": {"Message": SAYS},
    "aws-gateway": {"__type": "ValidationException", "message": SAYS},
    "cloudflare": {"success": False, "result": None, "messages": [], "errors": [{"code": 5007, "message": SAYS}]},
    "xai": {"code": "Client specified an invalid argument", "error": SAYS},
    "problem-details": {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": SAYS},
    "zhipu": {"code": 400, "msg": SAYS, "success": False},
    "baidu": {"error_code": 336003, "error_msg": SAYS, "id": "x"},
    "minimax": {"base_resp": {"status_code": 1008, "status_msg": SAYS}, "choices": None},
    "azure": {"error": {"code": "DeploymentNotFound", "message": SAYS, "innererror": {"code": "X"}}},
    "groq": {"error": {"message": SAYS, "type": "invalid_request_error", "code": "json_validate_failed", "failed_generation": "{"}},
    "nested-text": {"error": {"message": json.dumps({"error": {"message": SAYS}}), "code": 400}},
    "errors-of-text": {"errors": [SAYS, "and more"]},
    "reason": {"error": {"reason": SAYS}},
    "unknown": {"state": {"now": SAYS}},
    "blanks-and-lines": {"error": {"message": "\n\n  the model\n   sleeps\t"}},
    "text-of-json": SAYS,
}

# 400 and what is like it is no matter of trying again.
REFUSALS = [fails(f"refusal-of-{name}", ("request", "model"), SAYS, whole(json.dumps(form), 400), tries=1) for name, form in FORMS.items()]
IN_200 = [
    fails(
        f"reply-of-{name}",
        ("stream", "body", "status", "request", "model"),
        SAYS,
        whole(json.dumps(form)),
        settings="retry: { attempts: 1 }\n  timeout: 20s",
    )
    for name, form in FORMS.items()
]
IN_STREAM = [
    fails(
        f"frame-of-{name}",
        ("stream", "body", "status", "request", "model"),
        SAYS,
        streamed(frame(delta("half")), frame(form)),
        settings="retry: { attempts: 1 }\n  timeout: 20s",
    )
    for name, form in FORMS.items()
    if name not in ("text-of-json", "unknown", "reason", "cohere")
]

OTHERS = [
    fails("error-as-text", "request", SAYS, whole(SAYS, 400, "text/plain")),
    fails(
        "error-as-page",
        "status",
        SAYS,
        whole(f"<html><head><title>502</title></head><body><h1>{SAYS}</h1></body></html>", 502, "text/html"),
        settings="retry: { attempts: 1 }\n  timeout: 20s",
    ),
    fails("error-as-events", "request", SAYS, streamed(frame({"error": {"message": SAYS}}), status=400)),
    fails("error-without-body", "status", "500", whole("", 500), settings="retry: { attempts: 1 }\n  timeout: 20s"),
    fails("error-until-closed", "request", SAYS, [b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n", error(SAYS).encode()]),
    fails("error-behind-a-mark", "request", SAYS, whole("\ufeff" + error(SAYS), 400)),
    fails("error-event", "stream", SAYS, until_closed(frame(delta("half")), frame({"error": {"message": SAYS}}, "error"))),
    fails("error-event-of-words", "stream", SAYS, until_closed(frame(delta("half")), f"event: error\ndata: {SAYS}\n\n")),
    fails("error-event-without-error", "stream", SAYS, until_closed(frame(delta("half")), frame({"message": SAYS, "code": "x"}, "error"))),
    fails("error-as-a-line", "stream", SAYS, until_closed(frame(delta("half")), error(SAYS))),
    fails("error-then-the-end", "stream", SAYS, streamed(frame(delta("half")), frame({"error": {"message": SAYS}}), "data: [DONE]\n\n")),
    fails(
        "error-in-a-choice",
        "stream",
        SAYS,
        streamed(
            frame({"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error", "error": {"message": SAYS, "code": 502}}]}),
            "data: [DONE]\n\n",
        ),
    ),
    fails(
        "too-long",
        "context",
        "maximum context length",
        whole(error("This model's maximum context length is 8192 tokens", code="context_length_exceeded"), 400),
        tries=1,
    ),
    fails(
        "too-long-in-words",
        "context",
        "exceeds the available context",
        whole(error("the request exceeds the available context size, try increasing it"), 400),
    ),
    fails("too-long-by-413", "context", "", whole(error("Request too large for model"), 413)),
    fails(
        "unknown-model",
        "model",
        "does not exist",
        whole(error("The model `gpt-x` does not exist or you do not have access to it.", code="model_not_found"), 404),
        tries=1,
    ),
    fails(
        "unknown-model-at-ollama", "model", "try pulling it first", whole(json.dumps({"error": 'model "gpt-x" not found, try pulling it first'}), 404)
    ),
    fails("wrong-address", "model", "Not Found", whole(json.dumps({"detail": "Not Found"}), 404)),
    fails("no-balance", ("status", "rate_limited", "refused"), "Insufficient Balance", whole(error("Insufficient Balance"), 402), tries=1),
    fails(
        "loading",
        "status",
        "Loading model",
        whole(json.dumps({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}), 503),
        tries=3,
    ),
    fails(
        "filtered-before",
        ("request", "refused"),
        "content management policy",
        whole(error("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", code="content_filter"), 400),
        tries=1,
    ),
]

ROWS = REFUSALS + IN_200 + IN_STREAM + OTHERS
