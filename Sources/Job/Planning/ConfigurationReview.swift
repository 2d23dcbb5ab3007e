import Formats
import Foundation
import RunModel
import Settings

/// What a sound configuration says in vain: names of checks that do not exist, and mutes whose day has passed.
public enum ConfigurationReview {
    /// One sentence for each, in the order of the file's sections.
    ///
    /// - Parameter checks: the checks that apply under the configuration.
    public static func remarks(on configuration: Configuration, checks: [CheckDescriptor], now: Date) -> [String] {
        let ids = checks.map(\.id)
        var remarks: [String] = []
        for pattern in configuration.gate.critical + configuration.gate.notCritical
        where !ids.contains(where: { $0.matches(pattern) }) {
            remarks.append("`gate`: no check matches ‘\(pattern)’\(hint(pattern, ids))")
        }
        for name in configuration.thresholds.keys.sorted() {
            let check = CheckID(String(name.prefix { $0 != "." }))
            if !name.contains(".") {
                remarks.append("`thresholds.\(name)`: expected CHECK.NAME, such as LD-01.p95_ms")
            } else if !ids.contains(check) {
                remarks.append("`thresholds.\(name)`: there is no check \(check)\(hint(check.rawValue, ids))")
            }
        }
        let today = Timestamp.text(now).prefix(10)
        for (check, mute) in configuration.mutes.sorted(by: { $0.key < $1.key }) {
            if !ids.contains(check) {
                remarks.append("`mutes`: there is no check \(check)\(hint(check.rawValue, ids))")
            } else if mute.expires <= today {
                remarks.append(
                    "`mutes`: the mute of \(check) by \(mute.owner) ended on \(mute.expires); it no longer holds")
            }
        }
        return remarks
    }

    /// Why a pattern of `--only` selects nothing; nil when it selects something.
    public static func problem(with pattern: String, checks: [CheckDescriptor]) -> String? {
        let ids = checks.map(\.id)
        if ids.contains(where: { $0.matches(pattern) }) { return nil }
        return "no check matches ‘\(pattern)’\(hint(pattern, ids))"
    }

    /// The nearest ids, or the families that there are.
    private static func hint(_ pattern: String, _ ids: [CheckID]) -> String {
        let wanted = pattern.uppercased().filter { $0 != "*" && $0 != "?" }
        let names = ids.map(\.rawValue)
        var near: [String] = []
        while near.count < 3, let next = wanted.nearest(in: names.filter { !near.contains($0) }) { near.append(next) }
        if !near.isEmpty { return "; the nearest are \(near.joined(separator: ", "))" }
        let families = Set(names.compactMap { $0.split(separator: "-").first.map { "\($0)-*" } }).sorted()
        return "; there are \(families.joined(separator: ", "))"
    }
}
