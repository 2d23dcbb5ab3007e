import Foundation

/// What readers of a JSON format refuse, as rules over parsed JSON: written from the specifications.
struct FormatRules {
    private(set) var faults: [String] = []

    private mutating func fault(_ place: String, _ text: String) { faults.append("\(place): \(text)") }

    private mutating func keys(_ object: [String: Any], _ place: String, required: [String], optional: [String] = []) {
        for key in required where object[key] == nil { fault(place, "lacks \(key)") }
        for key in object.keys where !(required + optional).contains(key) {
            fault(place, "\(key) is not of the format")
        }
    }

    private mutating func whole(_ object: [String: Any], _ place: String, _ names: [String]) {
        for name in names {
            guard let value = object[name] else { continue }
            if !(value is Int) || value is String { fault(place, "\(name) is no whole number") }
        }
    }

    // MARK: CTRF (ctrf.io)

    mutating func checkCTRF(_ value: Any) {
        guard let root = value as? [String: Any], let results = root["results"] as? [String: Any] else {
            return fault("ctrf", "no results")
        }
        keys(root, "ctrf", required: ["reportFormat", "specVersion", "results"], optional: ["runId", "generatedBy"])
        if root["reportFormat"] as? String != "CTRF" { fault("ctrf", "another reportFormat") }
        keys(results, "results", required: ["tool", "summary", "tests"], optional: ["environment"])
        let summary = results["summary"] as? [String: Any] ?? [:]
        let counts = ["passed", "failed", "skipped", "pending", "other"]
        keys(summary, "summary", required: ["tests", "start", "stop"] + counts, optional: ["flaky", "suites"])
        whole(summary, "summary", Array(summary.keys))
        let tests = results["tests"] as? [[String: Any]] ?? []
        if summary["tests"] as? Int != tests.count { fault("summary", "tests are not counted right") }
        for status in counts where summary[status] as? Int != tests.count(where: { $0["status"] as? String == status })
        {
            fault("summary", "\(status) is not counted right")
        }
        for test in tests { checkCTRF(test: test, counts) }
    }

    private mutating func checkCTRF(test: [String: Any], _ statuses: [String]) {
        let place = "test \(test["name"] ?? "")"
        keys(
            test, place, required: ["name", "status", "duration"],
            optional: [
                "testId", "start", "stop", "suite", "message", "trace", "rawStatus", "flaky", "retries",
                "retryAttempts",
            ])
        if !statuses.contains(test["status"] as? String ?? "") { fault(place, "unknown status") }
        whole(test, place, ["duration", "start", "stop", "retries"])
        if let suite = test["suite"], (suite as? [String])?.isEmpty ?? true {
            fault(place, "suite is no list of names")
        }
        for attempt in test["retryAttempts"] as? [[String: Any]] ?? [] {
            keys(attempt, place, required: ["attempt", "status"], optional: ["duration", "message"])
            if (attempt["attempt"] as? Int ?? 0) < 1 { fault(place, "attempts are counted from 1") }
        }
    }

    // MARK: SARIF 2.1.0 (OASIS) with what GitHub asks for beyond it

    mutating func checkSARIF(_ value: Any) {
        guard let root = value as? [String: Any], let runs = root["runs"] as? [[String: Any]] else {
            return fault("sarif", "no runs")
        }
        keys(root, "sarif", required: ["version", "runs", "$schema"])
        if root["version"] as? String != "2.1.0" { fault("sarif", "another version") }
        for run in runs { checkSARIF(run: run) }
    }

    private mutating func checkSARIF(run: [String: Any]) {
        keys(run, "run", required: ["tool"], optional: ["results", "invocations", "automationDetails", "columnKind"])
        let driver = (run["tool"] as? [String: Any])?["driver"] as? [String: Any] ?? [:]
        if (driver["name"] as? String ?? "").isEmpty { fault("driver", "no name") }
        let rules = driver["rules"] as? [[String: Any]] ?? []
        let ids = rules.compactMap { $0["id"] as? String }
        if Set(ids).count != rules.count { fault("rules", "an id is missing or there twice") }
        var prints: Set<String> = []
        for result in run["results"] as? [[String: Any]] ?? [] {
            let place = "result \(result["ruleId"] ?? "")"
            if ((result["message"] as? [String: Any])?["text"] as? String ?? "").isEmpty { fault(place, "no message") }
            if !["none", "note", "warning", "error"].contains(result["level"] as? String ?? "") {
                fault(place, "level")
            }
            let index = result["ruleIndex"] as? Int ?? -1
            if !ids.indices.contains(index) || ids[index] != result["ruleId"] as? String {
                fault(place, "its rule is another one")
            }
            if !prints.insert("\(result["partialFingerprints"] ?? "")").inserted {
                fault(place, "the same fingerprint twice")
            }
            checkSARIF(locations: result["locations"] as? [[String: Any]] ?? [], place)
        }
    }

    /// A result without a file and a line makes GitHub refuse all results.
    private mutating func checkSARIF(locations: [[String: Any]], _ place: String) {
        if locations.isEmpty { fault(place, "no location") }
        for location in locations {
            let physical = location["physicalLocation"] as? [String: Any] ?? [:]
            let uri = (physical["artifactLocation"] as? [String: Any])?["uri"] as? String ?? ""
            if uri.isEmpty || uri.hasPrefix("/") || uri.contains("..") || URL(string: uri)?.scheme != nil {
                fault(place, "‘\(uri)’ is no path in a repository")
            }
            if ((physical["region"] as? [String: Any])?["startLine"] as? Int ?? 0) < 1 { fault(place, "no line") }
        }
    }

    // MARK: GitLab Code Quality

    mutating func checkCodeQuality(_ value: Any) {
        guard let entries = value as? [[String: Any]] else { return fault("code quality", "no list") }
        var prints: Set<String> = []
        for entry in entries {
            let place = "entry \(entry["check_name"] ?? "")"
            keys(entry, place, required: ["description", "check_name", "fingerprint", "severity", "location"])
            if !["info", "minor", "major", "critical", "blocker"].contains(entry["severity"] as? String ?? "") {
                fault(place, "severity")
            }
            if !prints.insert(entry["fingerprint"] as? String ?? "").inserted {
                fault(place, "the same fingerprint twice")
            }
            let location = entry["location"] as? [String: Any] ?? [:]
            if (location["path"] as? String ?? "./").hasPrefix("./") { fault(place, "path") }
            if ((location["lines"] as? [String: Any])?["begin"] as? Int ?? 0) < 1 { fault(place, "line") }
        }
    }

    // MARK: OpenMetrics 1.0

    mutating func checkOpenMetrics(_ text: String) {
        if !text.hasSuffix("# EOF\n") { fault("openmetrics", "does not end with # EOF") }
        var family: String?
        var described: Set<String> = []
        var samples: Set<String> = []
        for line in text.split(separator: "\n").dropLast() {
            if line.hasPrefix("# TYPE ") {
                let name = String(line.split(separator: " ")[2])
                if !described.insert(name).inserted { fault(name, "is described twice") }
                family = name
            } else if line.hasPrefix("# ") {
                if line.split(separator: " ")[2] != family ?? "" { fault("\(line)", "of another family") }
                if line.hasPrefix("# UNIT "), let unit = line.split(separator: " ").last,
                    !(family ?? "").hasSuffix("_\(unit)")
                {
                    fault("\(line)", "the name does not end with its unit")
                }
            } else if let match = line.wholeMatch(
                of:
                    #/([a-zA-Z_:][a-zA-Z0-9_:]*)\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*",?)*)\} (-?[0-9.e+-]+)/#
            ) {
                if String(match.1) != family { fault("\(line)", "of another family") }
                if !samples.insert("\(match.1){\(match.2)}").inserted { fault("\(line)", "there twice") }
            } else {
                fault("\(line)", "is no sample")
            }
        }
    }
}
