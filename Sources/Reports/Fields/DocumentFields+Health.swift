import Diagnosis
import Formats
import RunModel

extension DocumentFields {
    static func addHealth(_ fields: inout TemplateFields<Document>) {
        fields.text("score") { Figure.score($0.assessment.health.score) }
        fields.text("score_coverage") { Figure.share($0.assessment.health.coverage) }
        fields.list("score_parts", part) { $0.assessment.health.parts }
        fields.text("legacy_score") { Figure.score($0.assessment.legacyHealth.score) }
        fields.text("legacy_coverage") { document in
            let legacy = document.assessment.legacyHealth
            return "\(legacy.measured) of \(legacy.components.count) components"
        }
        fields.flag("has_legacy_score") { $0.assessment.legacyHealth.measured > 0 }
        fields.list("legacy_components", legacy) { $0.assessment.legacyHealth.components }
        fields.object("trend", trend) { document in
            document.assessment.trend.map { TrendRow(trend: $0, document: document) }
        }
    }

    private static var part: TemplateFields<HealthScore.Part> {
        TemplateFields { fields in
            fields.text("title") { $0.category.title }
            fields.text("score") { Figure.score($0.score) }
            fields.text("coverage") { Figure.share($0.coverage) }
            fields.text("passed") { Figure.oneDecimal($0.passed) }
            fields.text("conclusive") { Figure.oneDecimal($0.conclusive) }
            fields.text("planned") { Figure.oneDecimal($0.planned) }
        }
    }

    private static var legacy: TemplateFields<LegacyHealthScore.Component> {
        TemplateFields { fields in
            fields.text("key") { $0.key.rawValue }
            fields.text("expected") { $0.legacyExpectation }
            fields.text("observed") { $0.observed ?? "not measured" }
            fields.text("result") { $0.passed.map { $0 ? "unchanged" : "different" } ?? "not measured" }
        }
    }

    private struct TrendRow {
        let trend: Trend
        let document: Document

        /// A check of the baseline need not be part of this run's catalogue.
        func named(_ ids: [CheckID]) -> [Labelled] {
            ids.map { Labelled(name: $0.rawValue, value: document.descriptors[$0]?.title ?? "not part of this run") }
        }
    }

    private static var named: TemplateFields<Labelled> {
        TemplateFields { fields in
            fields.text("id") { $0.name }
            fields.text("title") { $0.value }
        }
    }

    private static var trend: TemplateFields<TrendRow> {
        TemplateFields { fields in
            fields.text("direction") { $0.trend.direction.rawValue }
            fields.text("baseline") { $0.trend.baseline.rawValue }
            fields.text("baseline_at") { Timestamp.text($0.trend.baselineStartedAt) }
            fields.flag("is_other_environment") { !$0.trend.isSameEnvironment }
            fields.text("score_change") { row in
                guard let change = row.trend.scoreChange else { return "not comparable" }
                return "\(change > 0 ? "+" : "")\(Figure.oneDecimal(change)) points"
            }
            fields.optionalText("response_times") { $0.trend.responseTimes }
            fields.list("new_failures", named) { $0.named($0.trend.newFailures) }
            fields.list("fixed", named) { $0.named($0.trend.fixed) }
            fields.list("still_failing", named) { $0.named($0.trend.stillFailing) }
            fields.list("lost", named) { $0.named($0.trend.lost) }
            fields.text("new_failure_count") { String($0.trend.newFailures.count) }
            fields.text("fixed_count") { String($0.trend.fixed.count) }
            fields.text("still_failing_count") { String($0.trend.stillFailing.count) }
            fields.text("lost_count") { String($0.trend.lost.count) }
        }
    }
}
