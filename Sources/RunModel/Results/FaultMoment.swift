import Foundation

/// Something that Plumbline did to the target while a check ran: a fault that was injected or taken back, or the recovery.
public struct FaultMoment: Hashable, Sendable, Codable {
    public var at: Date
    public var what: String

    public init(at: Date, what: String) {
        self.at = at
        self.what = what
    }
}
