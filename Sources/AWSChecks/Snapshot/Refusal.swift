import AWSClient
import CheckKit
import RunModel

/// What AWS did not answer of what a check reads: denied, throttled, failed, or answered with something unreadable.
///
/// ``SnapshotCheck`` lets this decide before anything that the check itself found, so that a refusal never looks like an empty
/// list, whatever the check makes of it.
struct Refusals {
    /// One for each action and kind.
    private(set) var errors: [AWSError] = []
    /// Whether nothing at all is known of something that is read, as opposed to one resource of many.
    private(set) var isWhole = false

    var isEmpty: Bool { errors.isEmpty }

    fileprivate mutating func add(_ part: any SnapshotPart) {
        let refused = part.errors.filter(\.isRefusal)
        guard !refused.isEmpty else { return }
        if !part.isAnswered { isWhole = true }
        for error in refused
        where !errors.contains(where: { $0.actionName == error.actionName && $0.kind == error.kind }) {
            errors.append(error)
        }
    }
}

extension AWSError {
    /// Whether nothing is known after it. That something does not exist is an answer.
    var isRefusal: Bool { kind != .notFound }

    /// The action that was called, as a policy names it.
    var actionName: String { missingAction ?? action ?? operation }
}

extension AWSSnapshot {
    /// What AWS did not answer of the items and of all that they are collected from.
    func refusals(of items: [AWSItem]) -> Refusals {
        AWSItem.closure(of: items).reduce(into: Refusals()) { refusals, item in
            if let part = part(of: item) { refusals.add(part) }
        }
    }
}

extension Analysis {
    /// Takes back what was found, because what AWS did not answer may be the reason for it. It stays in the evidence.
    mutating func withhold(because refusals: Refusals) {
        demoteProblems()
        addFirst(refusals.errors.map { Uncertainty(.aws($0), $0.inconclusiveReason) })
    }
}
