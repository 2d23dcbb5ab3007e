/// Why a fault could not be injected, had no effect, or could not be taken back.
public struct FaultError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The environment does not allow it.
        case refused
        /// The configuration gives no means for it.
        case notConfigured
        /// The means did not answer, or said no.
        case injectorFailed
        /// The dependency was already disturbed before we came; injecting would hide whose fault it is.
        case alreadyDisturbed
        /// Injected, but nothing that can be measured changed.
        case noEffect
        /// A stop condition was met; everything has been undone.
        case stopped
        /// Still on: a human is needed.
        case undoIncomplete
        /// The undo could not be written down, so nothing was injected.
        case undoLog
    }

    public var code: Code
    public var fault: String
    public var detail: String

    public init(_ code: Code, fault: String, detail: String) {
        self.code = code
        self.fault = fault
        self.detail = detail
    }

    public var description: String {
        switch code {
        case .refused: "‘\(fault)’ was not injected: \(detail)"
        case .notConfigured: "‘\(fault)’ cannot be injected: \(detail)"
        case .injectorFailed: "‘\(fault)’ could not be injected: \(detail)"
        case .alreadyDisturbed: "‘\(fault)’ was not injected, the dependency is disturbed already: \(detail)"
        case .noEffect: "‘\(fault)’ had no measurable effect: \(detail)"
        case .stopped: "‘\(fault)’ was stopped and undone: \(detail)"
        case .undoIncomplete:
            "‘\(fault)’ could not be undone, it is still on: \(detail). Run `plumbline undo`, or undo it by hand"
        case .undoLog: "‘\(fault)’ was not injected: \(detail)"
        }
    }
}
