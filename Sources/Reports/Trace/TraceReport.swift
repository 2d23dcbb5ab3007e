import Formats
import RunModel

/// The run as a trace in OTLP/JSON: what `POST /v1/traces` of a collector takes, and one line of the files that it reads.
///
/// Spans are: the run, its phases 1 to 3, each check that was carried out, its attempts where there were several, and its faults. What
/// did not run has no span. Phases 4 and 5 make documents, this one among them, so their ends are not known in it.
struct TraceReport: Encodable {
    let resourceSpans: [ResourceSpans]

    struct ResourceSpans: Encodable {
        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }

    struct Resource: Encodable { let attributes: [TraceAttribute] }

    struct ScopeSpans: Encodable {
        let scope: Scope
        let spans: [TraceSpan]
    }

    struct Scope: Encodable {
        let name: String
        let version: String
    }

    init(_ document: Document) {
        let scope = Scope(name: "plumbline", version: document.header.build)
        resourceSpans = [
            ResourceSpans(
                resource: Resource(attributes: Self.resource(document.header)),
                scopeSpans: [ScopeSpans(scope: scope, spans: TraceSpans(document).all)])
        ]
    }

    /// Names of OpenTelemetry's semantic conventions where these have one.
    private static func resource(_ header: RunHeader) -> [TraceAttribute] {
        TraceAttribute.list([
            "service.name": .text("plumbline"), "service.version": .text(header.build),
            "service.instance.id": .text(header.runID.rawValue),
            "deployment.environment.name": .text(header.environment),
            "vcs.ref.head.revision": header.change["commit"].map(TraceValue.text),
            "vcs.ref.head.name": header.change["branch"].map(TraceValue.text),
            "cicd.pipeline.run.id": header.change["pipeline"].map(TraceValue.text),
            "cicd.pipeline.run.url.full": header.change["pipeline_url"].map(TraceValue.text),
            "plumbline.vantage": .text(header.vantage),
        ])
    }
}
