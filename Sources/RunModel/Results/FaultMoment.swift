import Foundation

/// Something that Plumbline did to the target while a check ran: a fault that was injected or taken back, or the recovery.
public struct FaultMoment: Hashable, Sendable, Codable {
    public enum Kind: String, CaseIterable, Sendable, Codable { case injected, felt, undone, recovered, unrecovered }

    public var at: Date
    public var what: String
    /// Nil in records of older builds.
    public var kind: Kind?
    /// Which fault it is about, by the id of its undo record; nil for the recovery, which is about all of them.
    public var fault: String?

    public init(at: Date, what: String, kind: Kind? = nil, fault: String? = nil) {
        self.at = at
        self.what = what
        self.kind = kind
        self.fault = fault
    }
}
