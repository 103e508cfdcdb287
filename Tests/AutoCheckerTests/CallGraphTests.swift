import AutoChecker
import AutoSyntax
import Diagnostics
import Testing

private let disk = [
    "main.auto": """
    automation "Main \\"quoted\\""
    START begin -> each_page
    REST_API each_page -> once_more {
      each: page in ["a", "b"]
      prompt_template { automation: "sub/digest.auto", inputs: { page: page } }
    }
    LOGIC_DECISION once_more { prompt_template { no: else -> gone } }
    REST_API gone -> end { prompt_template { automation: "gone.auto" } }
    """,
    "sub/digest.auto": """
    automation "Digest <one>"
    input page: text
    START begin -> more
    LOGIC_DECISION more { prompt_template { yes: when inputs.page != "" -> again, no: else -> end } }
    REST_API again -> deeper { prompt_template { automation: "digest.auto", inputs: { page: "" } } }
    REST_API deeper -> end { prompt_template { automation: "./deep/last.auto" } }
    """,
    "sub/deep/last.auto": """
    automation "Last"
    START begin -> out
    REST_API out -> end { prompt_template { automation: "../digest.auto" } }
    """,
]

/// Files that call one another are drawn together.
@Suite(.timeLimit(.minutes(1))) struct CallGraphTests {
    private func drawing(of path: String = "main.auto") throws -> [DrawnFile] {
        let source = SourceText(name: path, text: try #require(disk[path]))
        let files = OtherFiles(beside: path) { (name) throws(OtherFiles.Unreadable) in
            guard let text = disk[name] else { throw OtherFiles.Unreadable("is not there", help: "") }
            return Array(text.utf8)
        }
        return calledFiles(of: parseAutomation(source).automation, files)
    }

    @Test func eachFileIsDrawnOnce() throws {
        #expect(try drawing().map(\.path) == ["main.auto", "sub/digest.auto", "sub/deep/last.auto"])
    }

    @Test func mermaidHasAFrameForEachFile() throws {
        let lines = try drawing().mermaid.split(separator: "\n").map(String.init)
        #expect(lines.first == "flowchart TD")
        #expect(lines.contains("    subgraph file0[\"Main #quot;quoted#quot; (main.auto)\"]"))
        #expect(lines.contains("    subgraph file1[\"Digest #lt;one#gt; (sub/digest.auto)\"]"))
        #expect(lines.count { $0 == "    end" } == 3)
        // The call, the call of itself, the call of what lies deeper.
        #expect(lines.contains("    f0_each_page_ ==>|\"calls\"| f1_begin_"))
        #expect(lines.contains("    f1_again_ ==>|\"calls\"| f1_begin_"))
        #expect(lines.contains("    f1_deeper_ ==>|\"calls\"| f2_begin_"))
    }

    @Test func whatIsNotDrawnIsSaid() throws {
        let mermaid = try drawing().mermaid
        #expect(mermaid.contains("missing0_1[/\"gone.auto<br/><small>is not there</small>\"/]"), "\(mermaid)")
        #expect(mermaid.contains("../digest.auto<br/><small>lies outside of this file's folder</small>"))
    }

    @Test func graphvizHasAClusterForEachFile() throws {
        let dot = try drawing().dot
        let calls = dot.split(separator: "\n").filter { $0.contains("\"calls\"") }
        #expect(dot.contains("subgraph cluster2 {") && dot.contains("compound=true;"))
        #expect(calls.count == 5)
        #expect(calls.count { $0.contains("lhead=cluster1") } == 1)
        // A line that leads back into its own frame ends at the step.
        #expect(calls.contains { $0.contains("\"f1_again\" -> \"f1_begin\"") && !$0.contains("lhead") })
    }

    @Test func aFileThatCallsNoneIsAloneInItsFrame() throws {
        let alone = try drawing(of: "sub/deep/last.auto")
        #expect(alone.count == 1 && alone[0].calls.count == 1)
    }

    @Test func aLongChainOfFilesEnds() throws {
        let files = OtherFiles(beside: "0.auto") { (name) throws(OtherFiles.Unreadable) in
            let next = (Int(name.prefix { $0 != "." }) ?? 0) + 1
            return Array(
                "START b -> c\nREST_API c -> end { prompt_template { automation: \"\(next).auto\" } }\n".utf8)
        }
        let first = SourceText(
            name: "0.auto",
            text: "START b -> c\nREST_API c -> end { prompt_template { automation: \"1.auto\" } }\n")
        let drawn = calledFiles(of: parseAutomation(first).automation, files)
        #expect(drawn.count == 200)
        #expect(drawn.mermaid.contains("there are more than 200 files"))
    }
}
