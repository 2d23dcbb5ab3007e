import Diagnosis
import Formats
import RunModel

/// The component graph, and what was asked again to tell causes apart.
extension DocumentFields {
    static func addGraph(_ fields: inout TemplateFields<Document>) {
        fields.optionalPrepared("graph") { document in
            let map = document.map
            return map.nodes.isEmpty ? nil : GraphDrawing(map: map).block
        }
        fields.text("graph_left") { "\($0.map.left) of the parts and ways" }
        fields.flag("is_graph_cut") { $0.map.left > 0 }
        fields.list("questions", question) { $0.record.questions ?? [] }
    }

    private static var question: TemplateFields<AskedQuestion> {
        TemplateFields { fields in
            fields.text("id") { $0.result.id.rawValue }
            fields.text("question") { $0.question }
            fields.text("between") { $0.between.map(CauseWords.title(of:)).joined(separator: "; or: ") }
            fields.text("status") { $0.result.status.rawValue }
            fields.text("answer") { $0.result.outcome.message }
            fields.text("took") { $0.result.duration.readable }
        }
    }
}
