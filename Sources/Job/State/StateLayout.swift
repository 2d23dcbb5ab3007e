import ObjectStorage

/// What the files of a state directory are to a store that mirrors it (see ``StateDirectory``).
struct StateLayout: MirrorLayout {
    let identity = "plumbline-state.json"

    private static let logs = [RunDirectory.logName, RunDirectory.guardianLogName]

    func kind(of path: String) -> MirroredKind {
        if path == identity { return .file }
        guard !path.contains(".partial-"), !path.hasSuffix(".claims") else { return .local }
        let steps = path.split(separator: "/")
        switch (steps.first, steps.count) {
        case ("undo", 2): return path.hasSuffix(".jsonl") ? .stream : .local
        case ("runs", 3...):
            if steps.count == 3, steps[2] == RunDirectory.journalName { return .stream }
            return steps[2] == "logs" ? .log : .file
        default: return .local
        }
    }

    /// The newest run whole; of earlier ones what a new run is compared with; every undo log.
    func wanted(of paths: [String]) -> Set<String> {
        let newest = newestRun(of: paths)
        return Set(
            paths.filter { path in
                guard let run = run(of: path), run != newest else { return true }
                let rest = path.dropFirst("runs/\(run)/".count)
                return rest == RunDirectory.journalName || rest == RunDirectory.deliveryName
                    || rest == Baseline.path || rest == Baseline.historyPath || rest.hasPrefix("metrics/")
            })
    }

    func sealed(of paths: [String], filled: Set<String>) -> Set<String> {
        var sealed = filled.filter { $0.hasPrefix("undo/") }
        guard let newest = newestRun(of: paths) else { return sealed }
        sealed.formUnion(filled.filter { run(of: $0) == newest })
        sealed.formUnion(([RunDirectory.journalName] + Self.logs).map { "runs/\(newest)/\($0)" })
        sealed.insert("undo/\(newest).jsonl")
        return sealed
    }

    func owner(of path: String) -> String? {
        if let run = run(of: path) { return "runs/\(run)" }
        guard path.hasPrefix("undo/"), path.hasSuffix(".jsonl") else { return nil }
        return "runs/\(path.dropFirst("undo/".count).dropLast(".jsonl".count))"
    }

    private func run(of path: String) -> String? {
        let steps = path.split(separator: "/")
        return steps.count > 2 && steps[0] == "runs" ? String(steps[1]) : nil
    }

    private func newestRun(of paths: [String]) -> String? {
        paths.filter { $0.hasSuffix("/" + RunDirectory.journalName) }.compactMap(run).max()
    }
}
