/// A setting that is not as it must be.
public struct SettingProblem: Hashable, Sendable, Codable {
    public enum Defect: String, CaseIterable, Sendable, Codable {
        /// Not set, or without a value.
        case missing
        case differs
        /// The newest revision brought an older value back.
        case reverted
        /// In clear where it must be a reference, or open where it must be closed.
        case exposed
        /// Objects expire too early.
        case expiry
    }

    /// What has the setting.
    public var component: Component
    public var name: String
    public var defect: Defect

    public init(_ component: Component, _ name: String, _ defect: Defect) {
        self.component = component
        self.name = name
        self.defect = defect
    }
}
