import Durable

/// Why a bundle could not be written or read. Damage found by a verification is a `BundleProblem` instead.
public struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure; more may be added.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The path of an entry is not one a bundle may hold.
        public static let badPath = Code(rawValue: "bad-path")
        /// Two entries have one path.
        public static let duplicatePath = Code(rawValue: "duplicate-path")
        /// A file or directory cannot be opened, read, written or renamed.
        public static let inputOutput = Code(rawValue: "input-output")
        /// A file to be packed is not a regular file, or it lost bytes while it was packed.
        public static let badSource = Code(rawValue: "bad-source")
        /// A limit of `BundleLimits` is exceeded.
        public static let tooLarge = Code(rawValue: "too-large")
        /// The archive is damaged or was not written by Plumbline.
        public static let damaged = Code(rawValue: "damaged")
        /// There is no such entry.
        public static let noSuchEntry = Code(rawValue: "no-such-entry")
        /// The calling task was cancelled; nothing is left behind.
        public static let cancelled = Code(rawValue: "cancelled")
        /// libarchive refused a call that should have worked.
        public static let library = Code(rawValue: "library")
    }

    public var code: Code
    /// What the failure is about: a file, or a path inside the bundle.
    public var subject: String
    public var message: String

    public init(_ code: Code, _ subject: String, _ message: String) {
        self.code = code
        self.subject = subject
        self.message = message
    }

    init(_ error: DurableFile.WriteError) {
        self.init(.inputOutput, error.path, "cannot be written: \(error.reason)")
    }

    public var description: String { "\(subject): \(message)" }
}
