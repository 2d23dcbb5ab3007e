import AWSChecks
import Formats
import Foundation
import RunModel
import Settings
import Testing

/// An account of another team, as data: what AWS holds there, independent of what the sandbox's script makes.
struct PlantedAccount: Sendable {
    var holdings: JSONValue
    /// How calls go wrong, by IAM action; `*` stands for every action.
    var faults: [String: AccountFault] = [:]

    /// The account as its owners want it.
    static let sound = Result { PlantedAccount(holdings: try decoded(JSONValue.self, from: "account")) }

    private static func decoded<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value {
        let file = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "PlantedAccount"))
        return try JSON.decode(type, from: try Data(contentsOf: file))
    }

    /// Every case, in the order of the file.
    static let cases = Result { try decoded([PlantedCase].self, from: "cases") }

    /// The account with what a case changes.
    static func with(_ planted: PlantedCase) throws -> PlantedAccount {
        var account = try sound.get()
        for edit in planted.edits { try edit.apply(to: &account.holdings) }
        account.faults = planted.faults ?? [:]
        return account
    }

    /// The moment at which the account is looked at.
    var now: Date { holdings["now"]?.string.flatMap { Timestamp.date($0) } ?? .distantPast }

    static let configuration = Result {
        try Configuration.parse(
            """
            environment: prod-eu
            production: true
            services:
              api: https://api.orion-ml.example
              registry: https://models.orion-ml.example
              auth: https://id.orion-ml.example
              mlflow_direct: http://tracking.orion.internal:5000
            aws:
              region: eu-west-1
              account: "210987654321"
              cluster: orion-core
              ecs_services: { api: gateway-svc, mlflow: tracking, auth: identity-web }
              load_balancers: [orion-edge, orion-inside]
              database_instance: orion-pg
              cache_cluster: orion-redis
              namespace: orion.internal
              discovery_services: [tracking, gateway]
              artifact_bucket: orion-artifacts-euw1
              buckets: [orion-artifacts-euw1, orion-pipeline-euw1]
              secrets: [orion/gateway, orion/pg, orion/redis]
              log_groups: [/orion/gateway, /orion/tracking, /orion/identity]
            """, path: "planted.yaml", environment: [:])
    }
}

/// How a call goes wrong.
enum AccountFault: String, Sendable, Codable, CaseIterable {
    case denied, throttled, failing, truncated, html, loop, expired, skewed
}

/// One thing that is wrong in the account, or one healthy variation of it, with its label.
struct PlantedCase: Sendable, Decodable {
    var name: String
    /// The documentation, tool or thread that describes it.
    var source: String
    var edits: [PlantedEdit]
    /// Words that stand together in one problem of a failing check, in any letter case; any of the alternatives finds it.
    var finds: [[String]]?
    /// Words of what the defect touches besides: a failure that speaks of one of them is right.
    var about: [String]?
    /// `inconclusive` where nobody can tell; a failure otherwise.
    var outcome: String?
    /// A critical check must fail.
    var gate: Bool?
    /// The most failing checks.
    var atMost: Int?
    var healthy: Bool?
    var faults: [String: AccountFault]?
}

/// One change to the holdings.
struct PlantedEdit: Sendable, Decodable {
    struct Busy: Sendable, Decodable {
        var lines: Int
        var last: String
    }
    struct Metric: Sendable, Decodable {
        var name: String
        var `where`: String
        var values: [Double]
    }

    struct NoSuchPlace: Error, CustomStringConvertible { let description: String }

    /// Steps joined by `>`: a member's name, an index, or `member=value` for the first element that has it.
    var at: String
    var set: JSONValue?
    var append: JSONValue?
    var insert: JSONValue?
    var remove: Bool?
    var replace: [String]?
    var busy: Busy?
    var replaceMetric: Metric?

    private enum CodingKeys: String, CodingKey { case at, set, append, insert, remove, replace, busy, replaceMetric }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        at = try container.decode(String.self, forKey: .at)
        // A null is a value to set.
        set = container.contains(.set) ? try container.decode(JSONValue.self, forKey: .set) : Optional.none
        append = try container.decodeIfPresent(JSONValue.self, forKey: .append)
        insert = try container.decodeIfPresent(JSONValue.self, forKey: .insert)
        remove = try container.decodeIfPresent(Bool.self, forKey: .remove)
        replace = try container.decodeIfPresent([String].self, forKey: .replace)
        busy = try container.decodeIfPresent(Busy.self, forKey: .busy)
        replaceMetric = try container.decodeIfPresent(Metric.self, forKey: .replaceMetric)
    }

    func apply(to holdings: inout JSONValue) throws {
        try change(&holdings, at.split(separator: ">").map(String.init)[...])
    }

    /// Nil stands for what is not there, before and after.
    private func change(_ value: inout JSONValue, _ steps: ArraySlice<String>) throws {
        guard let step = steps.first else { return }
        var child = value.child(step)
        if steps.count == 1 {
            child = try changed(child)
        } else {
            guard var inner = child else { throw NoSuchPlace(description: "\(at): no \(step)") }
            try change(&inner, steps.dropFirst())
            child = inner
        }
        try value.setChild(step, child)
    }

    private func changed(_ old: JSONValue?) throws -> JSONValue? {
        if let set { return set }
        guard let old else { throw NoSuchPlace(description: "\(at): nothing to change") }
        if remove == true { return nil }
        if let append { return .array((old.array ?? []) + [append]) }
        if let insert { return .array([insert] + (old.array ?? [])) }
        if let replace, let text = old.string {
            guard text.contains(replace[0]) else { throw NoSuchPlace(description: "\(at): no \(replace[0])") }
            return .string(text.replacing(replace[0], with: replace[1]))
        }
        if let busy {
            let lines = (0..<busy.lines).map { index -> JSONValue in
                [
                    "secondsAgo": .integer(Int64(3500 - index / 4)), "stream": "run/app/1",
                    "message": .string("INFO served \(index)"),
                ]
            }
            return .array(lines + [["secondsAgo": 5, "stream": "run/app/1", "message": .string(busy.last)]])
        }
        if let metric = replaceMetric { return try replaced(old, metric) }
        throw NoSuchPlace(description: "\(at): no change")
    }

    private func replaced(_ metrics: JSONValue, _ metric: Metric) throws -> JSONValue {
        var count = 0
        let changed = (metrics.array ?? []).map { entry -> JSONValue in
            guard entry["name"]?.string == metric.name, entry["where"]?.holds(metric.where) == true,
                case .object(var members) = entry
            else { return entry }
            count += 1
            members["values"] = .array(metric.values.map(JSONValue.number))
            return .object(members)
        }
        guard count > 0 else { throw NoSuchPlace(description: "no metric \(metric.name) of \(metric.where)") }
        return .array(changed)
    }
}

extension JSONValue {
    /// Whether it is the text, or an object with it as a value.
    fileprivate func holds(_ text: String) -> Bool {
        string == text || object?.values.contains { $0.string == text } == true || number.map { "\(Int64($0))" } == text
    }

    private func index(_ step: String) -> Int? {
        guard let elements = array else { return nil }
        if let index = Int(step) { return elements.indices.contains(index) ? index : nil }
        let parts = step.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        return elements.firstIndex { $0[parts[0]]?.holds(parts[1]) == true }
    }

    fileprivate func child(_ step: String) -> JSONValue? {
        if array != nil { return index(step).flatMap { self[$0] } }
        return self[step]
    }

    fileprivate mutating func setChild(_ step: String, _ child: JSONValue?) throws {
        if case .array(var elements) = self {
            guard let index = index(step) else { throw PlantedEdit.NoSuchPlace(description: "no \(step)") }
            if let child { elements[index] = child } else { elements.remove(at: index) }
            self = .array(elements)
        } else {
            var members = object ?? [:]
            members[step] = child
            self = .object(members)
        }
    }
}
