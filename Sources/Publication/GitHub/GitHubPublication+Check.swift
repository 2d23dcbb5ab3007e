import Formats
import Foundation

extension GitHubPublication {
    /// Of title, summary and a message, in characters ("Create a check run", GitHub Docs); bytes are never fewer.
    private static let largestSummary = 65_535
    private static let largestAnnotation = 64 << 10
    private static let largestTitle = 255
    /// Of one request; each further one adds to those that are there.
    static let annotationsInRequest = 50

    /// Makes the check run of this run, or brings it up to date. One that was cut off half way is completed: GitHub counts the
    /// annotations that it has.
    func check(of run: PublishedRun, isAsked: Bool, isOfApp: Bool) async throws(PublicationError) -> PublicationResult {
        guard isAsked || isOfApp else {
            return PublicationResult("check run", .skipped("only an app's token makes one (ghs_…)"))
        }
        guard let head = place.head else {
            guard isAsked else { return PublicationResult("check run", .skipped("no commit is known")) }
            throw PublicationError(
                .unusable, "no commit is known that the check run could belong to", advice: "Give --commit SHA")
        }
        let name = "Plumbline (\(run.environment))"
        let list = "\(path)/commits/\(head)/check-runs?check_name=\(PercentEncoding.encode(name))&filter=all"
        func find() async throws(PublicationError) -> JSONValue? {
            try await api.first(in: list, where: { $0["external_id"]?.string == run.runID }, within: "check_runs")
        }
        let annotations = SARIFAnnotations(run.sarif).all
        var body = attributes(of: run, name: name)
        var known = try await find()
        let isNew = known == nil
        if isNew {
            body["head_sha"] = .string(head)
            body["output"] = output(of: run, annotations.prefix(Self.annotationsInRequest))
            known = try await api.create("\(path)/check-runs", .object(body), orFind: find)
            guard known != nil else { return PublicationResult("check run", .planned) }
        }
        guard let known, let id = known["id"]?.number.flatMap(Int.init(exactly:)) else {
            throw api.malformed("GET", list, "check runs with ids")
        }
        var sent = known.at("output.annotations_count")?.number.flatMap(Int.init(exactly:)) ?? 0
        body["head_sha"] = nil
        var isBehind = !isNew
        while isBehind || sent < annotations.count {
            let next = annotations.dropFirst(sent).prefix(Self.annotationsInRequest)
            body["output"] = output(of: run, next)
            guard try await api.put("PATCH", "\(path)/check-runs/\(id)", .object(body)) != nil else {
                return PublicationResult("check run", .planned, url: known["html_url"]?.string)
            }
            sent += next.count
            isBehind = false
        }
        return PublicationResult("check run", isNew ? .created : .updated, url: known["html_url"]?.string)
    }

    private func attributes(of run: PublishedRun, name: String) -> [String: JSONValue] {
        var body: [String: JSONValue] = [
            "name": .string(name), "external_id": .string(run.runID), "status": "completed",
            "conclusion": .string(Self.conclusion(of: run)),
            "started_at": .string(Self.moment(run.startedAt)), "completed_at": .string(Self.moment(run.endedAt)),
        ]
        if let url = run.pipelineURL, url.hasPrefix("https://") { body["details_url"] = .string(url) }
        return body
    }

    private func output(of run: PublishedRun, _ annotations: some Sequence<SARIFAnnotations.Annotation>) -> JSONValue {
        [
            "title": .string(TextLimit.cut(run.headline, to: Self.largestTitle)),
            "summary": .string(TextLimit.cut(run.text, to: Self.largestSummary)),
            "annotations": .array(
                annotations.map { annotation in
                    [
                        "path": .string(annotation.path), "start_line": .integer(annotation.line),
                        "end_line": .integer(annotation.line), "annotation_level": .string(annotation.level),
                        "title": .string(TextLimit.cut(annotation.title, to: Self.largestTitle)),
                        "message": .string(TextLimit.cut(annotation.message, to: Self.largestAnnotation)),
                    ]
                }),
        ]
    }

    /// What a branch rule reads: everything that ends a pipeline's job closes the gate here as well.
    static func conclusion(of run: PublishedRun) -> String {
        switch (run.verdict, run.exitCode) {
        case ("interrupted", _): "cancelled"
        case (_, let code) where code != 0: "failure"
        case ("pass", _): "success"
        default: "neutral"
        }
    }
}

/// The places that a SARIF file names, as a check run shows them.
struct SARIFAnnotations {
    struct Annotation: Hashable {
        var path: String
        var line: Int64
        var level: String
        var title: String
        var message: String
    }

    let all: [Annotation]

    init(_ sarif: [UInt8]) {
        let document = try? JSON.decode(JSONValue.self, from: Data(sarif))
        let run = document?.at("runs[0]")
        let rules = run?.at("tool.driver.rules")
        all = (run?["results"]?.array ?? []).compactMap { result in
            guard let place = result.at("locations[0].physicalLocation"),
                let path = place.at("artifactLocation.uri")?.string,
                let line = place.at("region.startLine")?.number.flatMap(Int64.init(exactly:)),
                let message = result.at("message.text")?.string
            else { return nil }
            let rule = result["ruleIndex"]?.number.flatMap(Int.init(exactly:)).flatMap { rules?[$0] }
            let levels = ["error": "failure", "warning": "warning"]
            return Annotation(
                path: path, line: line, level: levels[result["level"]?.string ?? ""] ?? "notice",
                title: rule?.at("shortDescription.text")?.string ?? result["ruleId"]?.string ?? "", message: message)
        }
    }
}
