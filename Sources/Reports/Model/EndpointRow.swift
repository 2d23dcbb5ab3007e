import Formats
import RunModel

/// What a run saw of one endpoint: the exchanges of all checks that asked it.
struct EndpointRow {
    let component: Component
    let method: String
    /// Without the query, and with placeholders for what differs from call to call.
    let path: String
    /// With how often each was seen; nil stands for no answer.
    let statuses: [Int?: Int]
    /// In milliseconds, sorted.
    let times: [Double]
    let checks: [CheckID]

    var count: Int { statuses.values.reduce(0, +) }

    /// `200 × 3, 404`.
    var statusText: String {
        statuses.sorted { ($0.key ?? 0) < ($1.key ?? 0) }.map { status, count in
            "\(status.map(String.init) ?? "no answer")\(count > 1 ? " × \(count)" : "")"
        }.joined(separator: ", ")
    }

    var median: String { Figure.milliseconds(Self.median(times)) }

    static func median(_ sorted: [Double]) -> Double { sorted.isEmpty ? .nan : sorted[sorted.count / 2] }

    private struct Key: Hashable, Comparable {
        let component: Component
        let path: String
        let method: String
        static func < (left: Key, right: Key) -> Bool {
            (left.component, left.path, left.method) < (right.component, right.path, right.method)
        }
    }

    /// The endpoints that checks asked, by component and path.
    static func all(in rows: [CheckRow]) -> [EndpointRow] {
        var groups: [Key: [(check: CheckID, exchange: Exchange)]] = [:]
        for result in rows.compactMap(\.result) {
            for exchange in result.evidence.compactMap(\.exchange) {
                let key = Key(component: exchange.component, path: page(exchange.path), method: exchange.method)
                groups[key, default: []].append((result.id, exchange))
            }
        }
        return groups.sorted { $0.key < $1.key }.map { key, seen in
            EndpointRow(
                component: key.component, method: key.method, path: key.path,
                statuses: Dictionary(grouping: seen, by: \.exchange.status).mapValues(\.count),
                times: seen.map(\.exchange.duration.milliseconds).sorted(),
                checks: Set(seen.map(\.check)).sorted())
        }
    }

    /// The path without its query; numbers, identifiers and what follows an artifact's root become placeholders.
    static func page(_ path: String) -> String {
        let parts = path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
        var result: [String] = []
        for part in parts {
            if result.last == "artifacts", !part.isEmpty, parts.contains("mlflow-artifacts") {
                result.append("{path}")
                break
            }
            let isIdentifier =
                !part.isEmpty && part.allSatisfy(\.isASCIIDigit)
                || part.count >= 16 && part.allSatisfy { $0.isHexDigit || $0 == "-" } || part.hasPrefix("plumbline")
            result.append(isIdentifier ? "{id}" : String(part))
        }
        return result.joined(separator: "/")
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
