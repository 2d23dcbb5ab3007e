/// What kind of work a fix is: from it follow the hours that it takes somebody who knows the system, and its size.
public enum Work: String, Hashable, Sendable, Codable, CaseIterable {
    /// One command, nothing to release.
    case command
    /// One setting, name or secret, and a deployment.
    case setting
    /// A reviewed change of the network, the load balancer or a resource in AWS.
    case infrastructure
    /// Nobody knows the cause yet: find it by the evidence, then fix it.
    case investigation
    /// A change of code with its tests and a release.
    case code

    /// Hours, from the first look to the passed check.
    public var hours: Double {
        switch self {
        case .command: 0.5
        case .setting: 1
        case .infrastructure: 2
        case .investigation: 4
        case .code: 8
        }
    }

    /// Under or at one hour, up to four, more.
    public var effort: Finding.Effort { hours <= 1 ? .small : hours <= 4 ? .medium : .large }
}
