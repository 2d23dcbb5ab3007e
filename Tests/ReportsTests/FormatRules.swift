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

    // MARK: OTLP/JSON (OpenTelemetry Protocol 1, trace.proto and the rules for JSON)

    mutating func checkTrace(_ value: Any) {
        guard let root = value as? [String: Any], let resources = root["resourceSpans"] as? [[String: Any]] else {
            return fault("trace", "no resourceSpans")
        }
        keys(root, "trace", required: ["resourceSpans"])
        for resource in resources {
            keys(resource, "resourceSpans", required: ["resource", "scopeSpans"], optional: ["schemaUrl"])
            let attributes = (resource["resource"] as? [String: Any])?["attributes"]
            checkTrace(attributes: attributes, "resource")
            let names = (attributes as? [[String: Any]] ?? []).compactMap { $0["key"] as? String }
            if !names.contains("service.name") { fault("resource", "no service.name") }
            let scopes = resource["scopeSpans"] as? [[String: Any]] ?? []
            for scope in scopes {
                keys(scope, "scopeSpans", required: ["scope", "spans"], optional: ["schemaUrl"])
            }
            checkTrace(spans: scopes.flatMap { $0["spans"] as? [[String: Any]] ?? [] })
        }
    }

    private mutating func checkTrace(spans: [[String: Any]]) {
        let ids = spans.compactMap { $0["spanId"] as? String }
        if Set(ids).count != spans.count { fault("spans", "an id is missing or there twice") }
        if Set(spans.map { $0["traceId"] as? String }).count > 1 { fault("spans", "of several traces") }
        let outside = spans.filter { span in (span["parentSpanId"] as? String).map { !ids.contains($0) } ?? true }
        if outside.count != 1 { fault("spans", "\(outside.count) spans without a parent in the file") }
        for span in spans { checkTrace(span: span) }
    }

    private mutating func checkTrace(span: [String: Any]) {
        let place = "span \(span["name"] ?? "")"
        keys(
            span, place,
            required: [
                "traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes", "status",
            ],
            optional: ["parentSpanId", "flags", "events", "links", "traceState"])
        for (name, digits) in [("traceId", 32), ("spanId", 16), ("parentSpanId", 16)] {
            guard let id = span[name] else { continue }
            let text = id as? String ?? ""
            if text.count != digits || !text.allSatisfy(\.isHexDigit) || text.allSatisfy({ $0 == "0" }) {
                fault(place, "\(name) is no id")
            }
        }
        if (span["name"] as? String ?? "").isEmpty { fault(place, "no name") }
        if !(1...5).contains(span["kind"] as? Int ?? 0) { fault(place, "kind is no number of a kind") }
        let (start, end) = (nanoseconds(span["startTimeUnixNano"]), nanoseconds(span["endTimeUnixNano"]))
        if start == nil || end == nil || start ?? 0 > end ?? 0 { fault(place, "its times") }
        checkTrace(attributes: span["attributes"], place)
        for event in span["events"] as? [[String: Any]] ?? [] {
            keys(event, place, required: ["timeUnixNano", "name"], optional: ["attributes"])
            if nanoseconds(event["timeUnixNano"]) == nil { fault(place, "the time of an event") }
            checkTrace(attributes: event["attributes"], place)
        }
        let status = span["status"] as? [String: Any] ?? [:]
        keys(status, place, required: ["code"], optional: ["message"])
        let code = status["code"] as? Int ?? -1
        if !(0...2).contains(code) { fault(place, "its status is no number of a code") }
        if code != 2, status["message"] != nil { fault(place, "only an error has a message") }
    }

    private mutating func checkTrace(attributes: Any?, _ place: String) {
        let list = attributes as? [[String: Any]] ?? []
        let names = list.compactMap { $0["key"] as? String }.filter { !$0.isEmpty }
        if Set(names).count != list.count { fault(place, "the key of an attribute is missing or there twice") }
        for attribute in list {
            let value = attribute["value"] as? [String: Any] ?? [:]
            if value.count != 1 { fault(place, "\(attribute["key"] ?? "") has \(value.count) values") }
            let isSound =
                switch value.first?.key {
                case "stringValue": value["stringValue"] is String
                case "boolValue": value["boolValue"] is Bool
                case "intValue": Int64(value["intValue"] as? String ?? "") != nil
                case "arrayValue": (value["arrayValue"] as? [String: Any])?["values"] is [[String: Any]]
                default: false
                }
            if !isSound { fault(place, "\(attribute["key"] ?? "") has a value of another form") }
        }
    }

    /// 64 bits are a text in JSON.
    private func nanoseconds(_ value: Any?) -> UInt64? { (value as? String).flatMap { UInt64($0) } }

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
