import RunModel
import Settings

extension Plan {
    /// What a run of this plan cannot promise, in words; empty when it keeps every promise.
    public func limits(_ configuration: Configuration) -> [String] {
        let breaks = selected.contains { entry in
            entry.descriptor.needs.contains { $0.rawValue.hasPrefix("faults:") }
        }
        guard breaks, configuration.faults.toxiproxyURL == nil else { return [] }
        return [
            "This target has no fault proxies (`faults.toxiproxy`) in which a run could leave a mark, so only runs with the same "
                + "--state directory keep each other from breaking it at the same time. Give all runs of this environment one "
                + "state directory, or start one at a time."
        ]
    }
}
