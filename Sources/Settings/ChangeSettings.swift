import Formats

/// Where the change record comes from: who changed what before the run.
public struct ChangeSettings: Sendable, Hashable, Codable {
    /// Commits of a repository, as a range such as `v1.4..HEAD`.
    public struct GitRange: Sendable, Hashable, Codable {
        /// A directory.
        public var repository: String
        public var range: String
    }

    /// How far back changes are looked for.
    @Seconds public var window: Duration = .seconds(24 * 3600)
    /// CloudTrail log files: a directory or `s3://bucket/prefix`; LookupEvents when nil.
    public var trail: String?
    /// A file that `terraform show -json PLAN` wrote.
    public var terraformPlan: String?
    public var git: GitRange?
    /// Regions beside the platform's own in which something of it stands.
    public var regions: [String] = []

    /// Bucket and prefix of a trail in S3.
    public var trailBucket: (bucket: String, prefix: String)? {
        guard let trail, trail.hasPrefix("s3://") else { return nil }
        let parts = trail.dropFirst(5).split(separator: "/", maxSplits: 1).map(String.init)
        return parts.first.map { ($0, parts.count > 1 ? parts[1] : "") }
    }

    /// Whether anything beside CloudTrail tells of changes.
    public var hasDeclaredSources: Bool { terraformPlan != nil || git != nil }

    init(_ section: ConfigurationSection) {
        window = section.duration("window", default: .seconds(24 * 3600))
        trail = section.optionalString("trail")
        terraformPlan = section.optionalString("terraform_plan")
        git = section.optionalSection("git").flatMap { $0.isPresent ? Self.range($0) : nil }
        regions = section.strings("regions")
        if let trail, !Self.isPlace(trail) {
            section.report("trail", expected: "a directory or s3://bucket/prefix", got: "‘\(trail)’")
        }
        if terraformPlan?.isEmpty == true {
            section.report(
                "terraform_plan", expected: "a file written by `terraform show -json PLAN`", got: "an empty text")
        }
        section.finish()
    }

    private static func isPlace(_ trail: String) -> Bool {
        if trail.hasPrefix("s3://") {
            return trail.wholeMatch(of: #/s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?/#) != nil
        }
        return !trail.isEmpty && !trail.contains("://")
    }

    private static func range(_ section: ConfigurationSection) -> GitRange {
        let git = GitRange(
            repository: section.requiredString("repository"), range: section.requiredString("range"))
        // What begins with a hyphen would be an option of git.
        if !git.range.isEmpty, git.range.wholeMatch(of: #/[A-Za-z0-9_@][A-Za-z0-9_@.\/^~{}+-]*/#) == nil {
            section.report("range", expected: "a range of commits such as v1.4..HEAD", got: "‘\(git.range)’")
        }
        section.finish()
        return git
    }
}
