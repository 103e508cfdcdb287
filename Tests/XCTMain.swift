import Foundation
import Testing

/// Runs the tests. The name is the one under which SwiftPM takes this file in place of one that it makes itself, for which
/// it would need the index of all sources: that takes a tenth of a build.
@main struct Main {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.contains("--dump-tests-json") {
            // SwiftPM asks for the tests of XCTest, of which there are none.
            print(#"{"tests": []}"#)
            return
        }
        guard arguments.isEmpty || arguments.contains("swift-testing") else {
            FileHandle.standardError.write(
                Data("some of the tests are run by: make swift-tests ONLY=FormTests\n".utf8))
            exit(2)
        }
        await Testing.__swiftPMEntryPoint() as Never
    }
}
