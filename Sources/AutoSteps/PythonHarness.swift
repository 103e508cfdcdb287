import Values

/// What runs inside the box: takes the code and its inputs from standard input, gives its `result` as JSON.
///
/// What the code prints goes to standard error, so that it cannot be taken for the result.
let harness = """
    import json, os, resource, sys
    job = json.load(sys.stdin)
    out = os.dup(1)
    os.dup2(2, 1)
    def limit(what, most):
        try: resource.setrlimit(what, (most, most))
        except (ValueError, OSError): pass
    # One second more before the kernel kills, so that the first signal tells why.
    try: resource.setrlimit(resource.RLIMIT_CPU, (job["cpu"], job["cpu"] + 1))
    except (ValueError, OSError): pass
    limit(resource.RLIMIT_AS, job["memory"])
    limit(resource.RLIMIT_FSIZE, 64 << 20)
    limit(resource.RLIMIT_NPROC, 64)
    limit(resource.RLIMIT_NOFILE, 256)
    limit(resource.RLIMIT_CORE, 0)
    def answer(value):
        # A lone surrogate is no character; two that belong together are one.
        data = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        while data: data = data[os.write(out, data):]
        os._exit(0)
    def fail(kind, message):
        answer(json.dumps({"kind": kind, "error": message[:4000]}))
    def place(error):
        line = None
        trace = error.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_filename == job["name"]: line = trace.tb_lineno
            trace = trace.tb_next
        return " (line %d of the code)" % line if line else ""
    if job["packages"]: sys.path.insert(0, job["packages"])
    scope = {"inputs": job["inputs"], "__name__": "__main__"}
    try:
        exec(compile(job["code"], job["name"], "exec"), scope)
    except SyntaxError as error:
        fail("syntax", "%s (line %s of the code)" % (error.msg, error.lineno))
    except MemoryError:
        fail("limit", "the code needs more memory than it may use")
    except SystemExit as error:
        if error.code: fail("python", "the code ended itself with exit code %s" % (error.code,))
    except RecursionError as error:
        fail("RecursionError", "maximum recursion depth exceeded" + place(error))
    except BaseException as error:
        try: words = str(error)
        except BaseException: words = "an error without words"
        if len(words) > 3500: words = words[:3500] + "…"
        fail(type(error).__name__, "%s: %s%s" % (type(error).__name__, words, place(error)))
    if "result" not in scope:
        fail("result", "the code leaves nothing in `result`; end it with: result = ...")
    try:
        text = json.dumps({"result": scope["result"]}, ensure_ascii=False, allow_nan=False)
    except RecursionError:
        fail("result", "`result` nests too deep, or holds itself")
    except MemoryError:
        fail("limit", "`result` is larger than the memory that the code may use")
    except ValueError as error:
        if "Circular" in str(error): fail("result", "`result` holds itself")
        if "digits" in str(error): fail("result", "`result` holds a whole number of more than 4,300 digits")
        fail("result", "`result` holds infinity or NaN, which JSON has not")
    except TypeError as error:
        fail("result", "`result` is no JSON: %s" % error)
    answer(text)
    """
