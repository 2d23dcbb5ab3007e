import Formats

/// The keys the auth service knows, with their use; a pure value that is told the time.
struct KeyStore: Sendable {
    /// Services a key may be validated for (contract §4.3).
    static let knownServices: Set<String> = ["platform", "website", "prediction", "prediction-api"]
    /// Seconds a rotated key stays valid (contract §4.5).
    static let rotationGrace = 86_400.0

    enum Validation: Sendable, Equatable {
        case valid(KeyRecord)
        case rejected
        /// Over the hourly limit; `retryAfter` in seconds.
        case rateLimited(retryAfter: Int)
    }

    enum Debit: Sendable, Equatable {
        case done(balance: Double?)
        case noCredit
        case unknownKey
    }

    private struct Entry: Sendable {
        var record: KeyRecord
        /// Moment after which a rotated key, or one made for a time, ends; in seconds since 1970.
        var endsAt: Double?
        var hour = 0
        var usesThisHour = 0
    }

    private var entries: [Entry]
    private(set) var calls: [String: Int] = [:]
    private var created = 0

    init(_ records: [KeyRecord]) { entries = records.map { Entry(record: $0) } }

    var records: [KeyRecord] { entries.map(\.record) }

    mutating func validate(_ key: String, service: String, address: String, now: Double) -> Validation {
        guard let index = entries.firstIndex(where: { $0.record.key == key }) else { return .rejected }
        let record = entries[index].record
        guard record.status == .active, entries[index].endsAt.map({ now < $0 }) ?? true,
            Self.knownServices.contains(service),
            record.serviceIDs.isEmpty || record.serviceIDs.contains(service),
            record.allowedIPs.isEmpty || record.allowedIPs.contains(address)
        else { return .rejected }
        let hour = Int(clamping: now / 3600)
        if entries[index].hour != hour {
            entries[index].hour = hour
            entries[index].usesThisHour = 0
        }
        entries[index].usesThisHour += 1
        guard entries[index].usesThisHour <= record.rateLimitPerHour else {
            return .rateLimited(retryAfter: Int(clamping: Double(hour + 1) * 3600 - now) + 1)
        }
        return .valid(record)
    }

    /// Adds a key with the wishes of the request and returns it.
    mutating func create(
        name: String?, service: String?, limit: Int?, scopes: [String]?, addresses: [String], endsAt: Double? = nil
    ) -> KeyRecord {
        created += 1
        let id = "created-\(created)"
        var record = KeyRecord(key: Self.newKey(created), keyID: id, userID: "user-" + id)
        record.name = name
        record.serviceIDs = service.map { [$0] } ?? []
        record.rateLimitPerHour = limit ?? record.rateLimitPerHour
        record.scopes = scopes ?? record.scopes
        record.allowedIPs = addresses
        entries.append(Entry(record: record, endsAt: endsAt))
        return record
    }

    /// Revokes a key; false when there is none of that id.
    mutating func revoke(_ keyID: String) -> Bool {
        guard let index = entries.firstIndex(where: { $0.record.keyID == keyID }) else { return false }
        entries[index].record.status = .revoked
        return true
    }

    /// A new key in place of an old one, which stays valid for a day.
    mutating func rotate(_ keyID: String, now: Double) -> KeyRecord? {
        guard let index = entries.lastIndex(where: { $0.record.keyID == keyID }) else { return nil }
        entries[index].endsAt = now + Self.rotationGrace
        created += 1
        var record = entries[index].record
        record.key = Self.newKey(created)
        entries.append(Entry(record: record))
        return record
    }

    mutating func debit(_ keyID: String) -> Debit {
        guard let index = entries.lastIndex(where: { $0.record.keyID == keyID }) else { return .unknownKey }
        calls[keyID, default: 0] += 1
        guard let balance = entries[index].record.balance else { return .done(balance: nil) }
        guard balance >= 1 else { return .noCredit }
        entries[index].record.balance = balance - 1
        return .done(balance: balance - 1)
    }

    mutating func count(_ keyID: String) { calls[keyID, default: 0] += 1 }

    /// Visibly fake, and never twice the same within one service.
    private static func newKey(_ number: Int) -> String { "hk_test_sandbox_created_\(number)_not_a_secret" }
}
