import RunModel
import Settings

/// Which capabilities a run has, and for each that it lacks, why and what to do.
struct CapabilityAssessment {
    let configuration: Configuration
    let allowances: Set<Allowance>

    /// Why the capability is missing; nil when it is there.
    func missing(_ capability: Capability) -> String? {
        let parts = capability.rawValue.split(separator: ":", maxSplits: 1).map(String.init)
        let argument = parts.count == 2 ? parts[1] : ""
        switch parts[0] {
        case "reach": return missingService(argument)
        case "key": return missingKey(argument)
        case "writes": return missingAllowance(.writes, "it creates things on the target")
        case "load": return missingAllowance(.load, "it sends many requests")
        case "faults": return missingFault(argument)
        case "launch":
            return configuration.launch == nil
                ? "no `launch` command is configured, so no instance with other settings can be started" : nil
        case "aws": return configuration.aws == nil ? "the configuration has no `aws` section" : nil
        default: return "nothing provides ‘\(capability)’"
        }
    }

    private func missingService(_ name: String) -> String? {
        let isConfigured =
            switch name {
            case "database": configuration.database != nil
            case "redis": configuration.redis != nil
            default: configuration.services.url(of: name) != nil
            }
        if isConfigured { return nil }
        return name == "redis"
            ? "disabled: the configuration has no `redis` section"
            : "‘\(name)’ is not configured (`\(name == "database" ? "database" : "services." + name.replacing("-", with: "_"))`)"
    }

    private func missingKey(_ name: String) -> String? {
        guard let secret = configuration.keys[name] else { return "no key ‘\(name)’ is configured (`keys.\(name)`)" }
        return secret.isResolved ? nil : "the key ‘\(name)’ is configured as \(secret.source), which gives no value"
    }

    private func missingAllowance(_ allowance: Allowance, _ why: String) -> String? {
        allowances.contains(allowance) ? nil : "not allowed: \(why); allow it with --allow \(allowance.rawValue)"
    }

    private func missingFault(_ dependency: String) -> String? {
        if let refusal = missingAllowance(.faults, "it breaks \(dependency) for a while") { return refusal }
        if configuration.isProduction, !configuration.faults.allowedInProduction.contains(dependency) {
            return
                "environment ‘\(configuration.environment)’ is marked production and `faults.allowed_in_production` does not list \(dependency)"
        }
        if !configuration.faults.canBreak(dependency) {
            return
                "nothing here can break \(dependency): configure `faults.toxiproxy` and `faults.proxies`, `faults.commands` or `faults.ecs_services`"
        }
        return nil
    }
}
