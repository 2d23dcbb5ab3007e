import Foundation
import HTTPClient
import Synchronization

@testable import Publication

extension PublishedRun {
    static let marker = "<!-- plumbline:0123456789ab -->"

    /// A run whose comment says which one it is.
    static func example(
        _ number: Int = 1, verdict: String = "fail", exitCode: Int32 = 3, isComplete: Bool = true,
        annotations: Int = 2, issues: [PublishedIssue] = [], passed: Set<String> = []
    ) -> PublishedRun {
        let results = (0..<annotations).map { index in
            #"{"ruleId":"r","ruleIndex":0,"level":"\#(index == 0 ? "error" : "warning")","message":{"text":"m\#(index)"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"infra/main.tf"},"region":{"startLine":\#(index + 1)}}}]}"#
        }
        let sarif =
            #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"plumbline","rules":[{"id":"r","shortDescription":{"text":"MLflow is down"}}]}},"results":[\#(results.joined(separator: ","))]}]}"#
        return PublishedRun(
            environment: "staging", runID: "20260203T040506Z-00000\(number)", verdict: verdict, exitCode: exitCode,
            headline: "verdict: \(verdict) (exit \(exitCode)): MLflow is down", isComplete: isComplete,
            startedAt: Date(timeIntervalSince1970: 1_770_091_506), endedAt: Date(timeIntervalSince1970: 1_770_091_806),
            commit: "0123456789abcdef0123456789abcdef01234567", pipelineURL: "https://pipelines.invalid/7",
            comment: "### Plumbline: \(verdict)\n\nrun \(number)\n\n\(marker)\n", sarif: Array(sarif.utf8),
            codeQuality: Array("[]".utf8), issues: issues, passed: passed)
    }
}

extension Patience {
    /// No wait takes time; what would have been waited for is kept.
    static func instant(_ waits: Waits = Waits()) -> Patience {
        var patience = Patience()
        patience.deadline = .seconds(10)
        patience.sleep = { waits.note($0) }
        patience.now = { Date(timeIntervalSince1970: 1_770_091_506) }
        patience.random = { 0 }
        return patience
    }
}

final class Waits: Sendable {
    private let kept = Mutex<[Duration]>([])
    var all: [Duration] { kept.withLock { $0 } }
    func note(_ wait: Duration) { kept.withLock { $0.append(wait) } }
}

extension [PublicationResult] {
    /// The kinds of their ends, in order.
    var ends: [String] {
        map { result in
            switch result.end {
            case .created: "created"
            case .updated: "updated"
            case .unchanged: "unchanged"
            case .skipped: "skipped"
            case .planned: "planned"
            case .failed: "failed"
            }
        }
    }

    var failure: PublicationError? {
        lazy.compactMap { if case .failed(let error) = $0.end { error } else { nil } }.first
    }
}
