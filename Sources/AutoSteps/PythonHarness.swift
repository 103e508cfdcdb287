import Values

/// What runs inside the box: takes the code and its inputs from standard input, gives its `result` as JSON.
///
/// What the code prints goes to standard error, so that it cannot be taken for the result. Behind the answer stands a line
/// with what the code and its processes used, which nobody outside of the box can see: `use MILLISECONDS KILOBYTES`.
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
    def used():
        own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        time = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
        return "\\nuse %d %d" % (time * 1000, max(own.ru_maxrss, others.ru_maxrss))
    def answer(value):
        try: data = value.encode()
        except UnicodeEncodeError:
            # A lone surrogate is no character; two that belong together are one.
            data = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        start = 0
        with memoryview(data) as view:
            while start < len(data): start += os.write(out, view[start:start + (1 << 20)])
        os.write(out, used().encode())
        os._exit(0)
    def fail(kind, message):
        answer(json.dumps({"kind": kind, "error": message[:4000]}))
    def where(line):
        inFile = ", line %d of the file" % (job["line"] + line - 1) if job["line"] else ""
        return " (line %d of the code%s)" % (line, inFile)
    def place(error):
        line = None
        trace = error.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_filename == job["name"]: line = trace.tb_lineno
            trace = trace.tb_next
        return where(line) if line else ""
    def words(value):
        try: text = str(value)
        except BaseException: return "something that cannot be written out"
        return text if len(text) <= 3500 else text[:3500] + "…"
    if job["packages"]: sys.path.insert(0, job["packages"])
    scope = {"inputs": job["inputs"], "__name__": "__main__"}
    try:
        code = compile(job["code"], job["name"], "exec")
    except SyntaxError as error:
        fail("syntax", error.msg + (where(error.lineno) if error.lineno else ""))
    except (RecursionError, MemoryError):
        fail("syntax", "the code nests too deep")
    except ValueError as error:
        fail("syntax", words(error))
    try:
        exec(code, scope)
    except MemoryError:
        fail("limit", "the code needs more memory than it may use")
    except SystemExit as error:
        if isinstance(error.code, int):
            if error.code: fail("python", "the code ended itself with exit code %d%s" % (error.code, place(error)))
        elif error.code is not None:
            fail("python", "the code ended itself, saying: %s%s" % (words(error.code), place(error)))
    except KeyboardInterrupt as error:
        fail("python", "the code interrupted itself" + place(error))
    except RecursionError as error:
        fail("RecursionError", "maximum recursion depth exceeded" + place(error))
    except BaseException as error:
        said = words(error)
        fail(type(error).__name__, type(error).__name__ + (": " + said if said else "") + place(error))
    # What json.dumps refuses in a value: its own words differ between versions.
    def why(value, above):
        if isinstance(value, float): return "holds infinity or NaN, which JSON has not" if value - value != 0 else ""
        if isinstance(value, int): return "holds a whole number of more than 4,300 digits" if value.bit_length() > 14000 else ""
        if not isinstance(value, (dict, list, tuple)): return ""
        if id(value) in above: return "holds itself"
        parts = list(value) + list(value.values()) if isinstance(value, dict) else value
        return next(filter(None, (why(part, above | {id(value)}) for part in parts)), "")
    if "result" not in scope:
        fail("result", "the code leaves nothing in `result`; end it with: result = ...")
    try:
        text = json.dumps({"result": scope["result"]}, ensure_ascii=False, allow_nan=False)
    except RecursionError:
        fail("result", "`result` nests too deep, or holds itself")
    except MemoryError:
        fail("limit", "`result` is larger than the memory that the code may use")
    except ValueError:
        try: reason = why(scope["result"], set())
        except RecursionError: reason = ""
        fail("result", "`result` " + (reason or "nests deep, and holds what JSON has not"))
    except TypeError as error:
        fail("result", "`result` is no JSON: %s" % words(error))
    try: answer(text)
    except MemoryError: pass
    text = None
    scope.clear()
    fail("limit", "`result` is larger than the memory that the code may use")
    """
