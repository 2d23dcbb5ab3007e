import AWSClient
import Formats
import Foundation
import RunModel
import Settings

/// Which of a trail's events can be of the platform at all: those of its account, in its regions, and of services that act for the
/// whole partition. An organisation's trail holds those of every account.
struct TrailScope: Sendable {
    /// Nil where nobody knows; then every account counts.
    private(set) var account: String?
    let regions: [String]
    /// Where services that act for the whole partition log what they did.
    let home: String

    init(_ settings: AWSSettings, account: String?) {
        self.account = settings.account ?? account
        home = Self.home(of: settings.region)
        var regions = [settings.region] + settings.changes.regions
        // What the configuration names by ARN may stand elsewhere.
        for arn in settings.secrets where arn.hasPrefix("arn:") {
            let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
            if parts.count > 3, !parts[3].isEmpty { regions.append(String(parts[3])) }
        }
        var seen: Set<String> = []
        self.regions = regions.filter { seen.insert($0).inserted }
    }

    /// The scope for a place that names an account itself: `…/AWSLogs/[ORGANISATION/]ACCOUNT/…`.
    func at(_ root: String, isConfigured: Bool) -> TrailScope {
        guard !isConfigured, let match = root.firstMatch(of: #/AWSLogs\/(?:o-[a-z0-9]+\/)?(\d+)(?:\/|$)/#) else {
            return self
        }
        var scope = self
        scope.account = String(match.1)
        return scope
    }

    /// The regions in which to look, the home of global services among them.
    var places: [String] { regions.contains(home) ? regions : regions + [home] }

    func contains(_ event: AWSDocument) -> Bool {
        let source = event["eventSource"]?.text ?? ""
        // A policy of the organisation is changed in its own account.
        if source == "organizations.amazonaws.com" { return bearsOnAccount(event) }
        if let account, let recipient = event["recipientAccountId"]?.text, recipient != account { return false }
        guard let region = event["awsRegion"]?.text else { return true }
        return regions.contains(region) || (region == home && isGlobal(event, source))
    }

    private func isGlobal(_ event: AWSDocument, _ source: String) -> Bool {
        ChangeKinds.isGlobal(source)
            || (source == "wafv2.amazonaws.com" && event["requestParameters"]?["scope"]?.text == "CLOUDFRONT")
    }

    /// A root or a unit of the organisation may hold the account.
    private func bearsOnAccount(_ event: AWSDocument) -> Bool {
        guard let account, let target = event["requestParameters"]?["targetId"]?.text else { return true }
        return target == account || !target.allSatisfy(\.isNumber)
    }

    /// The region of IAM, Route 53 and Organizations in the partition of a region.
    static func home(of region: String) -> String {
        if region.hasPrefix("cn-") { return "cn-north-1" }
        return region.hasPrefix("us-gov-") ? "us-gov-west-1" : "us-east-1"
    }
}

extension TrailScope {
    /// Whether an object can hold events of the window: `…_20260102T0305Z_….json.gz` was delivered within minutes of its events.
    ///
    /// - Parameter root: where the trail was said to be; what that names is not asked again.
    func isOfInterest(_ key: String, below root: String, from start: Date, to end: Date) -> Bool {
        guard TrailReader.isLogFile(key), root.contains("CloudTrail/") || isOwn(key) else { return false }
        guard let stamp = key.split(separator: "_").last(where: { $0.wholeMatch(of: #/\d{8}T\d{4}Z/#) != nil }) else {
            return true
        }
        let delay: TimeInterval = 3600
        return stamp >= Self.minute(start.addingTimeInterval(-delay))
            && stamp <= Self.minute(end.addingTimeInterval(delay))
    }

    /// `AWSLogs/[ORGANISATION/]ACCOUNT/CloudTrail/REGION/…`: another account's, or another region's, is not asked for.
    private func isOwn(_ key: String) -> Bool {
        let path = key.split(separator: "/").map(String.init)
        guard let index = path.lastIndex(of: "CloudTrail"), index > 0, index + 1 < path.count else { return true }
        return (account == nil || path[index - 1] == account) && places.contains(path[index + 1])
    }

    /// `20260102T0305Z`
    private static func minute(_ date: Date) -> String { Timestamp.compact(date).prefix(13) + "Z" }

    /// A trail lays its files down by day: `…/CloudTrail/<region>/yyyy/mm/dd/`. A root that says neither account nor region is listed
    /// as far as it goes: for an organisation's trail, `…/AWSLogs/<organisation>` is enough.
    func prefixes(_ root: String, from start: Date, to end: Date) -> [String] {
        var root = root.isEmpty || root.hasSuffix("/") ? root : root + "/"
        if let account, let tail = root.split(separator: "/").last, tail.hasPrefix("o-") || tail == "AWSLogs" {
            // Without the organisation, the account may stand below it.
            guard tail != "AWSLogs" else { return [root] }
            root += "\(account)/CloudTrail/"
        }
        guard root.contains("CloudTrail/") else { return [root] }
        let named = root.split(separator: "/").last.map(String.init) ?? ""
        let bases = named == "CloudTrail" ? places.map { root + $0 + "/" } : [root]
        return bases.flatMap { Self.days($0, from: start, to: end) }
    }

    private static func days(_ base: String, from start: Date, to end: Date) -> [String] {
        var prefixes: [String] = []
        var day = start
        while day < end.addingTimeInterval(86_400), prefixes.count < 100 {
            let text = Timestamp.compact(min(day, end)).prefix(8)
            let prefix = "\(base)\(text.prefix(4))/\(text.dropFirst(4).prefix(2))/\(text.suffix(2))/"
            if prefixes.last != prefix { prefixes.append(prefix) }
            day = day.addingTimeInterval(86_400)
        }
        return prefixes
    }
}
