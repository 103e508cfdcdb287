import Values

/// What reads Python code without running it: a list of programs comes in as JSON, a list of problems for
/// each goes out.
///
/// `compile` makes bytecode and runs none of it, decorators and defaults included.
let pythonScript = #"""
    import ast, builtins, json, resource, symtable, sys, warnings
    def limit(what, most):
        try: resource.setrlimit(what, (most, most))
        except (ValueError, OSError): pass
    limit(resource.RLIMIT_CPU, int(sys.argv[1]))
    limit(resource.RLIMIT_AS, int(sys.argv[2]))
    limit(resource.RLIMIT_CORE, 0)
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(3000)
    KNOWN = set(dir(builtins)) | {"__name__", "inputs", "__doc__", "__file__", "__builtins__", "__loader__", "__spec__", "__package__", "__annotations__"}
    DICT = set(dir(dict))
    RUNS = {"eval", "exec", "compile", "__import__"}
    # Whoever has made so many mistakes mends the first ones first; and looking for near names among thousands takes seconds.
    MOST, FEW = 50, 2000
    def near(name, names):
        if len(names) > FEW or len(name) > 60: return None
        import difflib
        found = difflib.get_close_matches(name, sorted(names), 1, 0.75)
        return found[0] if found else None
    def short(name):
        return name if len(name) <= 60 else name[:60] + "…"
    def spot(node):
        return [node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset + 1]
    def check(job):
        code, found = job["code"], []
        def add(kind, place, message, help=None):
            if len(found) < MOST: found.append({"kind": kind, "place": place, "message": message, "help": help})
        lines = code.split("\n")
        try:
            tree = ast.parse(code, "code")
            compile(tree, "code", "exec", dont_inherit=True)
            table = symtable.symtable(code, "code", "exec")
        except SyntaxError as error:
            line = min(max(error.lineno or 1, 1), len(lines))
            column = len(lines[line - 1][:max((error.offset or 1) - 1, 0)].encode())
            end = column + 1
            if getattr(error, "end_lineno", None) == line and (error.end_offset or 0) > (error.offset or 0):
                end = len(lines[line - 1][:error.end_offset - 1].encode())
            add("syntax", [line, column, line, max(end, column + 1)], error.msg)
            return found
        except (RecursionError, MemoryError):
            add("syntax", [1, 0, 1, 1], "it nests too deep")
            return found
        except ValueError as error:
            add("syntax", [1, 0, 1, 1], str(error))
            return found
        nodes = list(ast.walk(tree))
        stars = any(isinstance(n, ast.ImportFrom) and any(a.name == "*" for a in n.names) for n in nodes)
        calls = [n for n in nodes if isinstance(n, ast.Call)]
        dynamic = stars or any(isinstance(c.func, ast.Name) and c.func.id in ("exec", "globals", "locals", "vars", "setattr") for c in calls)
        bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
        def tables(t):
            yield t
            for child in t.get_children(): yield from tables(child)
        undefined = set()
        for t in tables(table):
            for s in t.get_symbols():
                if s.is_declared_global() and s.is_assigned(): bound.add(s.get_name())
        known = bound | KNOWN
        for t in tables(table):
            for s in t.get_symbols():
                top = t.get_type() == "module"
                if s.is_referenced() and (s.is_global() or (top and not s.is_assigned())) and s.get_name() not in known:
                    undefined.add(s.get_name())
        if not dynamic:
            first = {}
            for n in nodes:
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load): first.setdefault(n.id, n)
            for name in sorted(undefined & first.keys())[:MOST]:
                node = first[name]
                if job["inputs"] is not None and name in job["inputs"]:
                    help = 'write inputs["%s"]' % name
                else:
                    close = near(name, known)
                    help = "did you mean `%s`?" % close if close else 'pass it in: inputs: { %s: … }, and read inputs["%s"]' % (short(name), short(name))
                add("undefined", spot(node), "nothing is named `%s` in this code" % short(name), help)
            if "result" not in bound:
                last = tree.body[-1] if tree.body else None
                place = spot(last) if last else [1, 0, 1, 1]
                close = near("result", bound)
                value = last.value if isinstance(last, ast.Expr) else None
                if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print": value = value.args[0] if value.args else None
                shown = ast.unparse(value) if value is not None else "…"
                help = "did you mean `result` by `%s`?" % close if close else "end it with: result = %s" % (shown if len(shown) < 40 else "…")
                add("result", [place[0], place[1], place[0], place[3] if place[2] == place[0] else place[1] + 1], "this code never sets `result`", help)
        keys = job["inputs"]
        if keys is not None and "inputs" not in bound and not dynamic:
            for n in nodes:
                key, place = None, None
                if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name) and n.value.id == "inputs" and isinstance(n.ctx, ast.Load):
                    if isinstance(n.slice, ast.Constant) and isinstance(n.slice.value, str): key, place = n.slice.value, n.slice
                elif isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "inputs" and n.attr not in DICT:
                    name = short(n.attr)
                    help = 'write inputs["%s"]' % name if n.attr in keys else 'pass it in: inputs: { %s: … }, and read inputs["%s"]' % (name, name)
                    add("input", spot(n), "`inputs` is a dict, it has no attribute `%s`" % name, help)
                if key is not None and key not in keys:
                    close = near(key, keys)
                    add("input", spot(place), "the step passes no `%s` in" % short(key), 'did you mean "%s"?' % close if close else "add it: inputs: { %s: … }" % short(key))
        if job["tainted"]:
            for c in calls:
                name = c.func.id if isinstance(c.func, ast.Name) else None
                if isinstance(c.func, ast.Attribute) and isinstance(c.func.value, ast.Name) and c.func.value.id in ("os", "subprocess", "builtins"):
                    if c.func.attr in ("system", "popen", "run", "call", "check_output", "check_call", "Popen", "eval", "exec"): name = c.func.value.id + "." + c.func.attr
                if name and (name in RUNS or "." in name) and any(not isinstance(a, ast.Constant) for a in c.args):
                    add("taint", spot(c), "`%s` runs what it is given, and text from outside comes in by `inputs`" % name, "read values with json.loads or ast.literal_eval, which run nothing")
        return found
    out = []
    for job in json.load(sys.stdin):
        try: out.append(check(job))
        except (RecursionError, MemoryError): out.append([{"kind": "syntax", "place": [1, 0, 1, 1], "message": "it nests too deep", "help": None}])
        except Exception: out.append([])
    json.dump(out, sys.stdout)
    """#
