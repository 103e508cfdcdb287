package import AutoRuntime
import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The machine's own clock.
package struct SystemClock: AutoRuntime.Clock {
    package init() {}

    package func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    package func sleep(nanoseconds: Int64) async throws(CancellationError) {
        do { try await Task.sleep(nanoseconds: UInt64(max(0, nanoseconds))) } catch {
            throw CancellationError()
        }
    }
}

/// Child processes, each in a group of its own that is killed as one.
package struct ChildProcesses: ProcessRunner {
    package init() {}

    package func run(_ request: ProcessRequest) async throws(StepFailure) -> ProcessResult {
        var options = PlatformOptions()
        options.processGroupID = 0
        var variables: [Environment.Key: String] = [:]
        for (name, value) in request.environment {
            if let key = Environment.Key(rawValue: name) { variables[key] = value }
        }
        do {
            let result = try await Subprocess.run(
                .path(FilePath(request.executable)), arguments: Arguments(request.arguments),
                environment: .custom(variables),
                platformOptions: options, input: .array(request.input),
                output: .bytes(limit: request.maximumOutput),
                error: .bytes(limit: 4 << 20))
            if Task.isCancelled { throw StepFailure.cancelled }
            let code: Int32 =
                switch result.terminationStatus {
                case .exited(let code): code
                case .signaled(let signal): 128 + signal
                }
            return ProcessResult(code: code, output: result.standardOutput, errorOutput: result.standardError)
        } catch let failure as StepFailure {
            throw failure
        } catch {
            if Task.isCancelled || error is CancellationError { throw StepFailure.cancelled }
            throw StepFailure(
                "process",
                "\(request.executable) cannot be run, or wrote more than \(request.maximumOutput >> 20) MB")
        }
    }
}
