import Foundation

extension Redactor {
    /// The redactor of the process: it knows the secrets of the environment, and learns those of the configuration when that is
    /// read.
    public static let process = Redactor(
        EnvironmentSecrets.all(in: ProcessInfo.processInfo.environment), unredacted: unredactedSinks)

    /// Writers that a debug build leaves alone, for the proof that each of them needs the redactor (`ci/canaries`); a release build
    /// has no such switch.
    private static var unredactedSinks: Set<Sink> {
        #if DEBUG
            let names = ProcessInfo.processInfo.environment["PLUMBLINE_UNREDACTED_SINK"] ?? ""
            return Set(names.split(separator: ",").compactMap { Sink(rawValue: String($0)) })
        #else
            return []
        #endif
    }

    /// The redactor of the run that this task belongs to; the process's where there is none.
    public static var current: Redactor { ofTask ?? process }

    @TaskLocal private static var ofTask: Redactor?

    /// Runs a closure whose texts this redactor masks, in the tasks that it starts too.
    public func use<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await Self.$ofTask.withValue(self, operation: body, isolation: isolation)
    }

    public func use<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Self.$ofTask.withValue(self, operation: body)
    }
}

extension StringProtocol {
    /// The beginning of a text for a message: secrets are masked before it is cut, so that none is cut through.
    ///
    /// - Parameter limit: characters; where more is left out, an ellipsis follows.
    public func excerpt(_ limit: Int) -> String {
        // Nothing beyond can change what the first characters look like.
        let head = utf8.count > 64 * limit + 65_536 ? String(prefix(16 * limit + 16_384)) : String(self)
        let masked = Redactor.current.masked(head)
        return masked.count > limit ? masked.prefix(limit) + "…" : masked
    }

    /// The end of a text for a message; see ``excerpt(_:)``.
    public func excerptOfEnd(_ limit: Int) -> String {
        let tail = utf8.count > 64 * limit + 65_536 ? String(suffix(16 * limit + 16_384)) : String(self)
        let masked = Redactor.current.masked(tail)
        return masked.count > limit ? "…" + masked.suffix(limit) : masked
    }
}
