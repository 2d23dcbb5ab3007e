import MLflowClient
import Testing

@testable import ValidationChecks

/// The revision of MLflow's schema against the version of its server.
@Suite struct MLflowRevisionTests {
    @Test func `the chain is whole, and each head is part of it in the order of versions`() {
        #expect(Set(MLflowRevisions.chain).count == MLflowRevisions.chain.count)
        let positions = MLflowRevisions.heads.compactMap { MLflowRevisions.chain.firstIndex(of: $0.revision) }
        #expect(positions.count == MLflowRevisions.heads.count && positions == positions.sorted())
        #expect(MLflowRevisions.heads.map(\.version) == MLflowRevisions.heads.map(\.version).sorted())
    }

    @Test(
        "each revision is judged by what the server works with",
        arguments: [
            ("d3e4f5a6b7c8", MLflowVersion(3, 9, 0), MLflowRevisions.Judgement.fits),
            ("d3e4f5a6b7c8", MLflowVersion(3, 9, 7), .fits), ("acf3f17fdcc7", MLflowVersion(2, 9, 2), .fits),
            // The database of an older server, and of a newer one.
            ("acf3f17fdcc7", MLflowVersion(3, 9, 0), .wrong(expected: "d3e4f5a6b7c8")),
            ("d3e4f5a6b7c8", MLflowVersion(2, 22, 5), .wrong(expected: "0584bdc529eb")),
            // Between two known versions everything from the one's to the other's fits.
            ("bda7b8c39065", MLflowVersion(3, 1), .fits), ("0584bdc529eb", MLflowVersion(3, 1), .fits),
            ("acf3f17fdcc7", MLflowVersion(3, 1), .wrong(expected: "0584bdc529eb to 71994744cf8e")),
            // Newer than what is known: its own revision cannot be judged, an old one can.
            ("ffffffffffff", MLflowVersion(3, 12), .unknown), ("d3e4f5a6b7c8", MLflowVersion(3, 12), .fits),
            ("71994744cf8e", MLflowVersion(3, 12), .wrong(expected: "d3e4f5a6b7c8 or later")),
            // Another program's.
            ("ffffffffffff", MLflowVersion(3, 4), .wrong(expected: "71994744cf8e")),
            ("", MLflowVersion(3, 4), .wrong(expected: "71994744cf8e")),
        ])
    func judgements(revision: String, version: MLflowVersion, judgement: MLflowRevisions.Judgement) {
        #expect(MLflowRevisions.judge(revision, of: version) == judgement)
    }
}
