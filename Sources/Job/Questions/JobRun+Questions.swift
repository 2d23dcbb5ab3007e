import Diagnosis
import Formats
import RunModel

extension JobRun {
    /// Takes the looks that tell apart what the checks left open, and writes each answer to the journal.
    ///
    /// Every look reads only. No more than ``Question/most`` are taken, and none is begun after ``Question/budget``.
    func askAgain(_ session: RunSession) async throws {
        let end = ContinuousClock.now + Question.budget
        var asked: Set<Question.Look> = []
        var number = session.record.questions?.count ?? 0
        while number < Question.most, ContinuousClock.now < end, shutdown.requested == nil {
            let open = Inference(of: session.record).questions
            guard
                let question = open.first(where: {
                    !asked.contains($0.look) && $0.isPossible(under: configuration)
                })
            else { return }
            asked.insert(question.look)
            number += 1
            let look = Question.Asked(question: question, number: number)
            guard let result = try await session.runner.run(look, look.descriptor, facts: [:]) else { return }
            session.logger.info(
                "\(result.status.rawValue): \(result.outcome.message)",
                metadata: ["check": "\(result.id)", "question": "\(question.text)"])
            try session.append(
                .questionAnswered(AskedQuestion(question.text, between: question.between, result: result)))
        }
    }
}
