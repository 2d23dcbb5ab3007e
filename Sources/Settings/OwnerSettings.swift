import Formats
import RunModel

extension ConfigurationSection {
    /// Who answers for the areas: a name, or a mapping with `name`, `channel`, `contact` and `escalation`.
    func owners() -> [String: Owner] {
        var owners: [String: Owner] = [:]
        for area in keys {
            if !Owner.areas.contains(area) {
                report(
                    area, expected: "an area: \(Owner.areas.joined(separator: ", "))", got: "‘\(area)’",
                    advice: area.nearest(in: Owner.areas).map { "did you mean ‘\($0)’?" })
            }
            let section = section(area)
            owners[area] = Owner(
                name: section.requiredString("name"), channel: section.optionalString("channel"),
                contact: section.optionalString("contact"), escalation: section.optionalString("escalation"))
            section.finish()
        }
        finish()
        return owners
    }

    /// The file in which a service writes its log, by service.
    func logFiles() -> [String: String] {
        var files: [String: String] = [:]
        for service in keys {
            if !Self.loggingServices.contains(service) {
                report(
                    service, expected: "a service: \(Self.loggingServices.joined(separator: ", "))",
                    got: "‘\(service)’",
                    advice: service.nearest(in: Self.loggingServices).map { "did you mean ‘\($0)’?" })
            }
            files[service] = location(service)
        }
        finish()
        return files
    }

    private static let loggingServices = ["api", "auth", "balancer", "database", "mlflow", "redis"]
}
