import Diagnosis
import Formats
import RunModel

/// The state of each component, for the page.
extension PageFields {
    static func addGraph(_ fields: inout TemplateFields<Page>) {
        fields.list("components", component) { page in
            let map = page.document.map
            return map.nodes.map { Part(node: $0, map: map, page: page) }
        }
        fields.list("questions", question) { $0.document.record.questions ?? [] }
    }

    private struct Part {
        let node: PlatformMap.Node
        let map: PlatformMap
        let page: Page
    }

    private struct Way {
        let other: Component
        let edge: ComponentGraph.Edge
        let page: Page
    }

    private struct Place {
        let number: Int
        let title: String
    }

    private static var component: TemplateFields<Part> {
        TemplateFields { fields in
            fields.text("title") { $0.node.title }
            fields.text("state") { $0.node.state.rawValue }
            fields.prepared("state_style") { style($0.node.state) }
            fields.list("uses", way) { part in
                part.map.edges.filter { $0.from == part.node.component }.map {
                    Way(other: $0.to, edge: $0, page: part.page)
                }
            }
            fields.list("causes", place) { part in
                part.node.findings.map {
                    Place(number: $0, title: part.page.document.assessment.findings[$0 - 1].title)
                }
            }
        }
    }

    /// The classes of the statuses, whose colours mean the same.
    private static func style(_ state: PlatformMap.State) -> String {
        switch state {
        case .atFault: "s-failed"
        case .suspected, .affected: "s-flaky"
        case .works: "s-passed"
        case .unseen: "s-none"
        }
    }

    private static var way: TemplateFields<Way> {
        TemplateFields { fields in
            fields.text("to") { $0.other.title }
            fields.text("seen") { GraphDrawing.words($0.edge) }
        }
    }

    private static var place: TemplateFields<Place> {
        TemplateFields { fields in
            fields.prepared("cause_anchor") { "cause-\($0.number)" }
            fields.text("cause_title") { $0.title }
        }
    }

    private static var question: TemplateFields<AskedQuestion> {
        TemplateFields { fields in
            fields.text("id") { $0.result.id.rawValue }
            fields.prepared("anchor") { Page.link(to: $0.result.id) }
            fields.text("question") { $0.question }
            fields.text("status") { $0.result.status.rawValue }
            fields.prepared("status_style") { Page.mark($0.result.status).style }
            fields.text("answer") { $0.result.outcome.message }
        }
    }
}
