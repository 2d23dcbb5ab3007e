import CheckKit
import Formats
import RunModel
import Settings

/// Which capabilities a run has, and for each that it lacks, why and what to do.
struct CapabilityAssessment {
    let configuration: Configuration
    let allowances: Set<Allowance>

    /// Why the capability is missing; nil when it is there.
    func missing(_ capability: Capability) -> String? {
        switch capability {
        case .reach(let service): return missingService(service)
        case .tls(let service): return missingTLS(service)
        case .key(let name): return missingKey(name)
        case .writes: return missingAllowance(.writes, "it creates things on the target")
        case .load: return missingAllowance(.load, "it sends many requests")
        case .faults(let dependency): return missingFault(dependency)
        case .launch:
            return configuration.launch == nil
                ? "no `launch` command is configured, so no instance with other settings can be started" : nil
        case .variant(let name):
            return configuration.launch?.variants[name] == nil
                ? "no build variant ‘\(name)’ is configured (`launch.variants.\(name)`)" : nil
        case .part(let part):
            return configuration.absent.contains(part)
                ? "the configuration says that there is no \(part.title) here (`absent`)" : nil
        case .aws: return configuration.aws == nil ? "the configuration has no `aws` section" : nil
        case .unknown: return "nothing provides ‘\(capability)’"
        }
    }

    private func missingTLS(_ service: Service) -> String? {
        guard let url = configuration.services.url(of: service), !url.lowercased().hasPrefix("https://"),
            let host = NetworkAddress(url)?.host, PrivateHost.isThisMachine(host)
        else { return nil }
        return "\(host) is on this machine and served without TLS"
    }

    private func missingService(_ service: Service) -> String? {
        let isConfigured =
            switch service {
            case .database: configuration.database != nil
            case .redis: configuration.redis != nil
            case .api, .registry, .auth, .mlflow, .mlflowDirect: configuration.services.url(of: service) != nil
            }
        if isConfigured { return nil }
        if service == .redis, let absence = missing(.part(.redis)) { return absence }
        return service == .redis
            ? "disabled: the configuration has no `redis` section"
            : "‘\(service)’ is not configured (`\(service.setting)`)"
    }

    private func missingKey(_ name: KeyName) -> String? {
        guard let secret = configuration.keys[name.rawValue] else {
            return "no key ‘\(name)’ is configured (`keys.\(name)`)"
        }
        return secret.isResolved ? nil : "the key ‘\(name)’ is configured as \(secret.source), which gives no value"
    }

    private func missingAllowance(_ allowance: Allowance, _ why: String) -> String? {
        allowances.contains(allowance) ? nil : "not allowed: \(why); allow it with --allow \(allowance.rawValue)"
    }

    private func missingFault(_ dependency: Dependency) -> String? {
        if let refusal = missingAllowance(.faults, "it breaks \(dependency) for a while") { return refusal }
        if configuration.isProduction, !configuration.faults.allowedInProduction.contains(dependency.rawValue) {
            return
                "environment ‘\(configuration.environment)’ is marked production and `faults.allowed_in_production` does not list \(dependency)"
        }
        if dependency == .redis, let absence = missing(.part(.redis)) { return absence }
        if !configuration.faults.canBreak(dependency) {
            return
                "nothing here can break \(dependency): configure `faults.toxiproxy` and `faults.proxies`, `faults.commands` or `faults.ecs_services`"
        }
        return nil
    }
}
