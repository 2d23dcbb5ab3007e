import AWSClient
import Foundation
import RunModel

/// What AWS said during one run. Checks are pure functions over it, so that they run again offline and from fixtures.
///
/// A part that is nil or empty was not collected, because no selected check reads it. Values that look secret are replaced
/// before they get here; see ``HiddenValue``. Each ``AWSItem`` declares its part beside itself.
public struct AWSSnapshot: Sendable {
    public var takenAt: Date
    public var region: String
    private var parts: [String: any SnapshotPart] = [:]

    public init(takenAt: Date, region: String) {
        self.takenAt = takenAt
        self.region = region
    }

    /// The snapshot that parts make up; nil without any. It is as old as its oldest part.
    public init?(parts: [AWSItem: AWSSnapshot]) {
        guard let oldest = parts.values.min(by: { $0.takenAt < $1.takenAt }) else { return nil }
        self.init(takenAt: oldest.takenAt, region: oldest.region)
        for (item, part) in parts { adopt(item, from: part) }
    }

    /// Takes the answer about one item from another snapshot.
    mutating func adopt(_ item: AWSItem, from other: AWSSnapshot) { item.adopt(&self, other) }

    /// An item that is one answer; nil when it was not collected.
    subscript<Answer: SnapshotPart>(item: AWSItem) -> Answer? {
        get { parts[item.rawValue] as? Answer }
        set { parts[item.rawValue] = newValue }
    }

    /// An item that is a table of answers; empty when it was not collected.
    subscript<Answer: SnapshotPart>(table item: AWSItem) -> [String: Answer] {
        get { parts[item.rawValue] as? [String: Answer] ?? [:] }
        set { parts[item.rawValue] = newValue.isEmpty ? nil : newValue }
    }

    /// What stands for an item; nil when it was not collected, or is an empty table.
    func part(of item: AWSItem) -> (any SnapshotPart)? { parts[item.rawValue] }

    /// The same snapshot with these items alone.
    func limited(to items: [AWSItem]) -> AWSSnapshot {
        let names = Set(items.map(\.rawValue))
        var own = self
        own.parts = parts.filter { names.contains($0.key) }
        return own
    }

    /// The errors of some items.
    func errors(of items: [AWSItem]) -> [AWSError] { items.flatMap { parts[$0.rawValue]?.errors ?? [] } }

    /// The errors of everything that AWS did not answer.
    var errors: [AWSError] { parts.sorted { $0.key < $1.key }.flatMap(\.value.errors) }
}

/// What stands for an item in the snapshot.
protocol SnapshotPart: Codable, Sendable {
    /// Why there is no answer, or none about some of it.
    var errors: [AWSError] { get }
    /// Whether AWS answered for any of it; that something does not exist is an answer.
    var isAnswered: Bool { get }
}

extension SnapshotPart {
    var errors: [AWSError] { [] }
    var isAnswered: Bool { true }
}

extension Collected: SnapshotPart {
    var errors: [AWSError] { error.map { [$0] } ?? [] }
    var isAnswered: Bool { error?.isRefusal != true }
}

extension Dictionary: SnapshotPart where Key == String, Value: SnapshotPart {
    var errors: [AWSError] { sorted { $0.key < $1.key }.flatMap(\.value.errors) }
    var isAnswered: Bool { isEmpty || values.contains(where: \.isAnswered) }
}

extension Optional: SnapshotPart where Wrapped: SnapshotPart {
    var errors: [AWSError] { self?.errors ?? [] }
    var isAnswered: Bool { self?.isAnswered ?? true }
}

/// An element of a list that is no answer of AWS, but of somebody the collector asked.
public protocol SnapshotElement: Codable, Sendable {}

extension Array: SnapshotPart where Element: SnapshotElement {}
extension ChangeRecord: SnapshotPart {}

extension AWSSnapshot: Codable {
    /// `takenAt`, `region`, or the name of an item.
    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
        init(_ name: String) { stringValue = name }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            takenAt: try container.decode(Date.self, forKey: Key("takenAt")),
            region: try container.decode(String.self, forKey: Key("region")))
        for item in AWSItem.allCases { try item.decode(container, &self) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(takenAt, forKey: Key("takenAt"))
        try container.encode(region, forKey: Key("region"))
        for (name, part) in parts { try container.encode(part, forKey: Key(name)) }
    }
}
