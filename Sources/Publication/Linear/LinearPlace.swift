import Formats

/// Where in Linear issues are made, and by which addresses they are found.
public struct LinearPlace: Hashable, Sendable {
    /// The team's key, such as `OPS`.
    public var team: String
    /// What the address of an issue's attachment begins with: a page that people may open, such as the repository's.
    var base: String
    /// Findings of lower priority get no issue; 0 is the most urgent, 3 the least.
    public var leastPriority: Int
    public var api: String

    public init(
        team: String, base: String, leastPriority: Int = 2, api: String = "https://api.linear.app/graphql"
    ) throws(PublicationError) {
        guard team.wholeMatch(of: #/[A-Za-z0-9]{1,10}/#) != nil else {
            throw PublicationError(
                .unusable, "‘\(team)’ is no key of a team",
                advice: "Give --team with the letters before an issue's number")
        }
        guard base.hasPrefix("https://"), base.utf8.count <= 500, !base.contains("?"), !base.contains("#"),
            base.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw PublicationError(
                .unusable, "‘\(base)’ is no address that issues can be found by",
                advice: "Give --url with one that begins with https://, such as the repository's, without a query")
        }
        self.team = team
        self.base = base
        self.leastPriority = leastPriority
        self.api = api
    }

    /// What the addresses of all findings of an environment begin with.
    func prefix(_ environment: String) -> String {
        "\(base)?plumbline=\(PercentEncoding.encode(environment))%2F"
    }

    /// The address of a finding: the same from run to run, and another one for every other finding.
    func address(of fingerprint: String) -> String { "\(base)?plumbline=\(PercentEncoding.encode(fingerprint))" }

    /// A name in the form of a UUID that Linear takes for what is made, so that it cannot be made twice.
    static func identifier(_ parts: String...) -> String {
        var bytes = Array(Digest.sha256(of: parts.joined(separator: "\n").utf8).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array(Digest.hexadecimal(bytes))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }
}
