/// The name of a key in the configuration's `keys` section. Teams may give further keys for their own probes.
public struct KeyName: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// The key that the checks use unless they say otherwise.
    public static let api = KeyName(rawValue: "api")
    /// Valid, without an administrator's rights.
    public static let reader = KeyName(rawValue: "reader")
    public static let revoked = KeyName(rawValue: "revoked")
    public static let expired = KeyName(rawValue: "expired")
    /// Valid for another service.
    public static let otherService = KeyName(rawValue: "other_service")
    /// Of an account without balance.
    public static let poor = KeyName(rawValue: "poor")
    /// Opens the administration of the auth service.
    public static let authAdministrator = KeyName(rawValue: "auth_admin")

    public var description: String { rawValue }
    public static func < (left: KeyName, right: KeyName) -> Bool { left.rawValue < right.rawValue }
}
