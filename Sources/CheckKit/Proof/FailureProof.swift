import RunModel

/// What a failure is proved by: the exchange that failed, and how to tell by it whether the fault is still there.
public struct FailureProof: Sendable {
    /// The command that shows the failure; nil where no single one does.
    public let reproduction: String?
    /// Nil where only the check itself can tell.
    public let verification: Verification?

    public init(of outcome: Outcome, _ contents: Recorder.Contents, _ descriptor: CheckDescriptor) {
        guard case .failed(let mismatch) = outcome else {
            (reproduction, verification) = (contents.reproduction, nil)
            return
        }
        // What fails only beside load or on an instance of its own, one request cannot show; what was made is gone again.
        let isRepeatable = contents.subject == .live && !descriptor.needs.contains(.load)
        let isGone = descriptor.needs.contains(.writes) || descriptor.breaksSomething
        let failed = isRepeatable && !isGone ? Self.failed(mismatch.symptom, in: contents.exchanges) : nil
        reproduction = contents.blamed?.command ?? failed?.command ?? (isGone ? nil : contents.reproduction)
        verification =
            contents.verification.flatMap { Self.speaks($0, of: mismatch.symptom) ? $0 : nil }
            ?? (isRepeatable ? Self.verification(contents.blamed ?? failed, mismatch.symptom, contents) : nil)
    }

    /// The exchange that the symptom speaks of, the last of several.
    private static func failed(_ symptom: Symptom, in exchanges: [ObservedExchange]) -> ObservedExchange? {
        switch symptom {
        case .answer(let answer):
            let fitting = exchanges.filter { $0.status == answer.status && $0.method == answer.method }
            return fitting.last { $0.path == answer.path } ?? fitting.last { page($0.path) == page(answer.path) }
        case .noConnection(let problem):
            return exchanges.last { $0.status == nil && $0.place == problem.place }
        case .certificate: return exchanges.last { $0.status == nil }
        case .misrouted(let misrouting): return exchanges.last { page($0.path) == page(misrouting.path) }
        // A component that reports a fault does it in an answer of its own.
        case .report, .error: return exchanges.last { ($0.status ?? 0) >= 400 }
        default: return nil
        }
    }

    /// Whether a proof is about the component that the outcome is about: a check may have provoked another failure on the way.
    private static func speaks(_ verification: Verification, of symptom: Symptom) -> Bool {
        switch verification.tool {
        case .psql: symptom.component == .database
        case .redis: symptom.component == .redis
        case .curl, .aws, .getent, .openssl, .plumbline: true
        }
    }

    private static func page(_ path: String) -> Substring { path.prefix { $0 != "?" } }

    private static func verification(
        _ exchange: ObservedExchange?, _ symptom: Symptom, _ contents: Recorder.Contents
    ) -> Verification? {
        // A proof that calls the very answer good which the check failed on does not say what is wrong with it.
        guard !contents.blamedKeepsPromise, let exchange, exchange.isWhole,
            exchange.changesNothing || contents.judgement?.isHarmless == true
        else { return nil }
        let (fault, repaired) =
            contents.judgement.map { ($0.fault, $0.repaired) } ?? conditions(exchange, symptom)
        guard !repaired.isEmpty else { return nil }
        return Verification(.curl, exchange.command, fault: fault, repaired: repaired)
    }

    /// What an answer shows where the check has not said it: the same failure, or a success.
    private static func conditions(
        _ exchange: ObservedExchange, _ symptom: Symptom
    ) -> (fault: [Verification.Condition], repaired: [Verification.Condition]) {
        switch symptom {
        // An error of a server may come from whoever stands before the one that does not answer.
        case .noConnection, .certificate:
            ([.exit(Verification.silences)], [.exit([0]), .status(Array(200...499))])
        case .answer(let answer) where answer.status >= 400:
            ([.status([answer.status])], [.status(Array(200...299))])
        case .report, .error: (exchange.status.map { [.status([$0])] } ?? [], [.status(Array(200...299))])
        default: ([], [])
        }
    }
}
