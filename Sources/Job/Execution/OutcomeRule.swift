import CheckKit
import Formats
import RunModel

/// What an outcome must rest on, whichever check it comes from: the services that it speaks of are the ones that answer,
/// and a pass keeps what was seen, with the limits that it was held against.
struct OutcomeRule: Sendable {
    let context: CheckContext

    /// The outcome as it may be told.
    func outcome(of ended: Outcome) async -> Outcome {
        switch ended {
        case .passed(let note):
            if let unproven = await unproven(saying: note) { return unproven }
            let contents = context.recorder.contents
            guard !contents.evidence.isEmpty || !contents.measurements.isEmpty else {
                return .error(
                    "the check passed and kept nothing of what it saw (\(note)); please report this defect of Plumbline"
                )
            }
            return .passed(note + Self.limits(contents.limits))
        case .failed(let mismatch):
            // Where nothing answered, no stranger did.
            if case .noConnection = mismatch.symptom { return ended }
            // What a stranger does is no fault of the service that should be there.
            return ServiceIdentity.toldBy.contains(context.descriptor.id)
                ? ended : await stranger(saying: mismatch.message) ?? ended
        case .error, .timeout, .inconclusive, .blocked, .skipped, .flaky: return ended
        }
    }

    /// Why a pass does not count: a service that it speaks of has not shown itself in this run, and does not now.
    private func unproven(saying words: String) async -> Outcome? {
        for service in context.descriptor.servicesSpokenOf {
            switch await context.identity(of: service, anew: true) {
            case .confirmed: continue
            case .foreign(let shown): return stranger(at: service, shown, saying: words)
            case .unknown(let shown):
                return .inconclusive(
                    .obstacle(.prerequisite, of: .service(service)),
                    "what answers at `\(service.setting)` has not shown itself to be \(service.role) in this run: \(shown). So this proves nothing: \(words)"
                )
            }
        }
        return nil
    }

    /// Why nothing that was seen counts: somebody else answers at the address of a service.
    private func stranger(saying words: String) async -> Outcome? {
        for service in context.descriptor.servicesSpokenOf {
            guard case .foreign(let shown) = await context.identity(of: service) else { continue }
            return stranger(at: service, shown, saying: words)
        }
        return nil
    }

    private func stranger(at service: Service, _ shown: String, saying words: String) -> Outcome {
        .inconclusive(
            .misrouted(service, path: "/", expected: service.responder, got: .unknown),
            "what answers at `\(service.setting)` does not show itself to be \(service.role): \(shown). So nothing that was seen there counts: \(words)"
        )
    }

    /// The limits by name; those that only protect the target decide nothing.
    static func limits(_ limits: [String: Double]) -> String {
        let stated = limits.filter {
            !$0.key.hasPrefix("stop_") && !["allow_billing", "maximum_rate"].contains($0.key)
        }
        .sorted { $0.key < $1.key }.map { "\($0.key) \(text($0.value))" }
        return stated.isEmpty ? "" : " [limits: \(stated.joined(separator: ", "))]"
    }

    /// `0.8` and `2000`, not `2000.0`.
    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? value.wholeText : "\(value)"
    }
}
