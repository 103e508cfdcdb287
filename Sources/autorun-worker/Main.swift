import DataFiles
import JQPrograms
import Pages
import Processes
import Programs
import Unpacking
import Values

/// Reads foreign bytes with libraries written in C, away from everything that matters: in a box, under
/// limits, one request at a time.
@main
struct WorkerMain {
    static func main() {
        switch WorkerKind.own {
        case .pages: HTMLDocument.prepare()
        case .programs: break
        case nil:
            return print("autorun-worker is started by autorun and autocheck; there is nothing to call here")
        }
        let greeting = WorkerSelf.settle()
        var port = WorkerPort()
        port.answer([greeting])
        var programs = ProgramShelf()
        while let parts = port.next() {
            guard let request = WorkerRequest(parts) else { return }
            WorkerSelf.grantTime()
            let parts = answer(request, &programs).parts
            let isLast = WorkerSelf.isWornOut
            port.answer(isLast ? parts + [WorkerAnswer.farewell] : parts)
            if isLast { return }
        }
    }

    private static func answer(_ request: WorkerRequest, _ programs: inout ProgramShelf) -> WorkerAnswer {
        do throws(ProgramError) {
            switch request {
            case .jq(let program, let input):
                return .value(try run(program, String(decoding: input, as: UTF8.self), &programs))
            case .jqCheck(let program):
                return JQ.complaint(about: program).map { .problem($0, offset: 0) } ?? .value([])
            case .xpathCheck(let xpath):
                try HTMLDocument.checkXPath(xpath)
                return .value([])
            case .page(let bytes, let type, let base, let fields):
                return try page(ServedPage(bytes, type: type, url: base), fields)
            case .unpack(let bytes, let codings, let limit):
                return .value(try unpacked(bytes, codings, limit: limit).bytes)
            case .data(let bytes, let form): return data(bytes, form)
            }
        } catch {
            return .problem(error.message, offset: error.offset ?? 0)
        }
    }

    private static func page(_ page: ServedPage, _ fields: [UInt8]) throws(ProgramError) -> WorkerAnswer {
        let content: PageContent
        do throws(ProgramError) { content = try PageContent(page) } catch {
            return .unreadable(error.message)
        }
        let fields = (try? JSON.parse(bytes: fields))?.asMap ?? MapValue()
        var output: [UInt8] = []
        JSON.append(try content.read(base: page.url, fields), to: &output)
        return .value(output)
    }

    private static func data(_ bytes: [UInt8], _ form: String) -> WorkerAnswer {
        guard let form = DataForm(rawValue: form) else {
            return .unreadable("no form of data is named `\(form)`")
        }
        do throws(ProgramError) {
            var output: [UInt8] = []
            JSON.append(try form.value(of: bytes), to: &output)
            return .value(output)
        } catch {
            return .unreadable(error.message)
        }
    }

    private static func run(_ program: String, _ input: String, _ programs: inout ProgramShelf)
        throws(ProgramError) -> [UInt8]
    {
        let compiled: JQ
        do throws(ProgramError) { compiled = try programs.program(program) } catch {
            throw ProgramError("`jq` does not compile: \(error.message)")
        }
        do throws(ProgramError) { return try compiled.run(input) } catch {
            throw ProgramError("jq: \(error.message)")
        }
    }
}

/// jq programs that have been compiled: compiling one costs more than most runs of it.
private struct ProgramShelf {
    private var programs: [String: JQ] = [:]

    mutating func program(_ source: String) throws(ProgramError) -> JQ {
        if let known = programs[source] { return known }
        let made = try JQ(source)
        if programs.count >= 32 { programs.removeAll() }
        programs[source] = made
        return made
    }
}
