import Secrets

/// A resource that exists and is not well.
public struct Ailment: Hashable, Sendable, Codable {
    public enum State: String, CaseIterable, Sendable, Codable {
        /// A target fails its health check.
        case targetUnhealthy = "target-unhealthy"
        /// A target group without targets.
        case noTarget = "no-target"
        /// For some time no target was healthy.
        case noHealthyTarget = "no-healthy-target"
        /// A running task fails its container's health check.
        case taskUnhealthy = "task-unhealthy"
        /// Tasks stopped; the words are the reason.
        case taskStopped = "task-stopped"
        /// Fewer tasks run than should.
        case tooFewTasks = "too-few-tasks"
        /// A service is scaled to zero.
        case scaledToZero = "scaled-to-zero"
        /// A roll-out failed or does not end.
        case rollOut = "roll-out"
        /// Runs another revision or image than was released.
        case outdated
        /// The image's platforms lack the task's.
        case wrongArchitecture = "wrong-architecture"
        /// The resource is in a state that is not the normal one; the words are its name.
        case state
        case alarm
        /// Its log has errors.
        case logErrors = "log-errors"
        case beingDeleted = "being-deleted"
        /// A name without instances behind it.
        case noInstance = "no-instance"
    }

    public var component: Component
    public var state: State
    /// The other side's own words.
    public var says: String

    public init(_ component: Component, _ state: State, says text: String = "") {
        self.component = component
        self.state = state
        says = text.excerpt(HTTPAnswer.longestText)
    }
}
