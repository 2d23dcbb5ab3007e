import RunModel

/// Who answers for an area, as documents print it.
enum OwnerText {
    /// The configured name, or the area itself where the configuration names nobody.
    static func name(of area: String, _ header: RunHeader) -> String {
        header.owners?[area].map { "\($0.name) (\(area))" } ?? area
    }

    /// The same as ``details(of:_:)`` where somebody is named.
    static func short(of area: String, _ header: RunHeader) -> String {
        header.owners?[area] == nil ? "\(area) (nobody is named)" : details(of: area, header)
    }

    /// Name, channel, contact and escalation in a sentence; what to configure where nobody is named.
    static func details(of area: String, _ header: RunHeader) -> String {
        guard let owner = header.owners?[area] else {
            return
                "\(area) (nobody is named; the configuration takes name, channel, contact and escalation under owners.\(area))"
        }
        let parts = [
            owner.channel.map { "channel \($0)" }, owner.contact.map { "contact \($0)" },
            owner.escalation.map { "escalation \($0)" },
        ].compactMap(\.self)
        return "\(area): \(owner.name)\(parts.isEmpty ? "" : ", " + parts.joined(separator: ", "))"
    }
}
