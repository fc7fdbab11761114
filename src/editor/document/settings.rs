//! Changes of what is set: names, parameters, mixes, plans, request classes, objectives, faults, the run and texts.

use super::super::allowed;
use super::super::change::Change;
use super::super::effects::Effects;
use super::super::refusal::Refusal;
use super::Document;
use loadscape_sim::catalog::{Parameter, Value};
use loadscape_sim::scenario::{
    CallPlan, ClassId, ComponentId, CurvePoint, Fault, Incident, Objective, RequestClass,
    RunSettings, limits,
};

impl Document {
    pub(super) fn set_name(
        &mut self,
        component: ComponentId,
        name: String,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        allowed::text(&name)?;
        let target = self.component_mut(component)?;
        let previous = std::mem::replace(&mut target.name, name);
        effects.components_changed.insert(component);
        // Stations carry the component's name into messages and the report.
        effects.model = true;
        Ok(Change::SetName {
            component,
            name: previous,
        })
    }

    pub(super) fn set_parameter(
        &mut self,
        component: ComponentId,
        parameter: Parameter,
        value: Option<Value>,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        if matches!(value, Some(Value::Number(number)) if !number.is_finite()) {
            return Err(Refusal::NotANumber);
        }
        let target = self.component_mut(component)?;
        let previous = match value {
            Some(value) => target.parameters.insert(parameter, value),
            None => target.parameters.remove(&parameter),
        };
        effects.components_changed.insert(component);
        effects.model = true;
        Ok(Change::SetParameter {
            component,
            parameter,
            value: previous,
        })
    }

    pub(super) fn set_mix(
        &mut self,
        component: ComponentId,
        mix: Vec<(ClassId, f64)>,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        mix.iter()
            .try_for_each(|(_, weight)| allowed::weight(*weight))?;
        self.require_classes(mix.iter().map(|(class, _)| *class))?;
        let previous = std::mem::replace(&mut self.component_mut(component)?.mix, mix);
        effects.components_changed.insert(component);
        effects.model = true;
        Ok(Change::SetMix {
            component,
            mix: previous,
        })
    }

    pub(super) fn set_curve(
        &mut self,
        component: ComponentId,
        curve: Vec<CurvePoint>,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        allowed::curve(&curve)?;
        let previous = std::mem::replace(&mut self.component_mut(component)?.curve, curve);
        effects.components_changed.insert(component);
        effects.model = true;
        Ok(Change::SetCurve {
            component,
            curve: previous,
        })
    }

    pub(super) fn set_plans(
        &mut self,
        component: ComponentId,
        plans: Vec<CallPlan>,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        self.require_classes(plans.iter().map(|plan| plan.class))?;
        allowed::plans(&plans)?;
        let previous = std::mem::replace(&mut self.component_mut(component)?.plans, plans);
        effects.components_changed.insert(component);
        effects.model = true;
        Ok(Change::SetPlans {
            component,
            plans: previous,
        })
    }

    pub(super) fn insert_class(
        &mut self,
        index: usize,
        class: RequestClass,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        if self.scenario.class(class.id).is_some() {
            return Err(Refusal::IdTaken(class.id.0));
        }
        allowed::room(
            "request classes",
            self.scenario.classes.len(),
            limits::CLASSES,
        )?;
        allowed::class(&class)?;
        let id = class.id;
        let index = index.min(self.scenario.classes.len());
        self.scenario.classes.insert(index, class);
        effects.classes = true;
        effects.model = true;
        Ok(Change::RemoveClass(id))
    }

    pub(super) fn remove_class(
        &mut self,
        id: ClassId,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        let index = self
            .scenario
            .classes
            .iter()
            .position(|class| class.id == id)
            .ok_or(Refusal::NoClass(id))?;
        if self.scenario.classes.len() == 1 {
            return Err(Refusal::LastClass);
        }
        let used = self.scenario.components.iter().any(|component| {
            component.mix.iter().any(|(class, _)| *class == id)
                || component.plans.iter().any(|plan| plan.class == id)
        }) || self
            .scenario
            .links
            .iter()
            .any(|link| link.classes.contains(&id))
            || self
                .scenario
                .objectives
                .iter()
                .any(|objective| objective.class == Some(id));
        if used {
            return Err(Refusal::StillUsed(id));
        }
        let class = self.scenario.classes.remove(index);
        effects.classes = true;
        effects.model = true;
        Ok(Change::InsertClass { index, class })
    }

    pub(super) fn set_class(
        &mut self,
        class: RequestClass,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        allowed::class(&class)?;
        let target = self
            .scenario
            .classes
            .iter_mut()
            .find(|candidate| candidate.id == class.id)
            .ok_or(Refusal::NoClass(class.id))?;
        let previous = std::mem::replace(target, class);
        effects.classes = true;
        effects.model = true;
        Ok(Change::SetClass(previous))
    }

    pub(super) fn insert_objective(
        &mut self,
        index: usize,
        objective: Objective,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        allowed::room(
            "objectives",
            self.scenario.objectives.len(),
            limits::OBJECTIVES,
        )?;
        self.require_classes(objective.class.into_iter())?;
        allowed::objective(&objective)?;
        let index = index.min(self.scenario.objectives.len());
        self.scenario.objectives.insert(index, objective);
        effects.objectives = true;
        effects.model = true;
        Ok(Change::RemoveObjective(index))
    }

    pub(super) fn remove_objective(
        &mut self,
        index: usize,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        if index >= self.scenario.objectives.len() {
            return Err(Refusal::NoObjective(index));
        }
        let objective = self.scenario.objectives.remove(index);
        effects.objectives = true;
        effects.model = true;
        Ok(Change::InsertObjective { index, objective })
    }

    pub(super) fn set_objective(
        &mut self,
        index: usize,
        objective: Objective,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        self.require_classes(objective.class.into_iter())?;
        allowed::objective(&objective)?;
        let target = self
            .scenario
            .objectives
            .get_mut(index)
            .ok_or(Refusal::NoObjective(index))?;
        let previous = std::mem::replace(target, objective);
        effects.objectives = true;
        effects.model = true;
        Ok(Change::SetObjective {
            index,
            objective: previous,
        })
    }

    pub(super) fn insert_fault(
        &mut self,
        index: usize,
        fault: Fault,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        allowed::room("faults", self.scenario.faults.len(), limits::FAULTS)?;
        self.require_fault_sound(&fault)?;
        let index = index.min(self.scenario.faults.len());
        self.scenario.faults.insert(index, fault);
        effects.faults = true;
        effects.model = true;
        Ok(Change::RemoveFault(index))
    }

    pub(super) fn set_fault(
        &mut self,
        index: usize,
        fault: Fault,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        self.require_fault_sound(&fault)?;
        let target = (self.scenario.faults.get_mut(index)).ok_or(Refusal::NoFault(index))?;
        let fault = std::mem::replace(target, fault);
        effects.faults = true;
        effects.model = true;
        Ok(Change::SetFault { index, fault })
    }

    fn require_fault_sound(&self, fault: &Fault) -> Result<(), Refusal> {
        allowed::fault(fault)?;
        match fault.incident {
            Incident::Component { id, .. } | Incident::Clients { id: Some(id), .. }
                if self.component(id).is_none() =>
            {
                return Err(Refusal::NoComponent(id));
            }
            Incident::Link { id, .. } if self.link(id).is_none() => {
                return Err(Refusal::NoLink(id));
            }
            Incident::Zone { id, .. } if !fault.has_its_place(&self.scenario) => {
                return Err(Refusal::NoZone(id));
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn remove_fault(
        &mut self,
        index: usize,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        if index >= self.scenario.faults.len() {
            return Err(Refusal::NoFault(index));
        }
        let fault = self.scenario.faults.remove(index);
        effects.faults = true;
        effects.model = true;
        Ok(Change::InsertFault { index, fault })
    }

    pub(super) fn set_run(
        &mut self,
        run: RunSettings,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        allowed::run(&run)?;
        effects.run = true;
        Ok(Change::SetRun(std::mem::replace(
            &mut self.scenario.run,
            run,
        )))
    }

    pub(super) fn set_title(
        &mut self,
        title: String,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        allowed::text(&title)?;
        effects.title = true;
        Ok(Change::SetTitle(std::mem::replace(
            &mut self.scenario.title,
            title,
        )))
    }

    pub(super) fn set_notes(
        &mut self,
        notes: String,
        effects: &mut Effects,
    ) -> Result<Change, Refusal> {
        allowed::text(&notes)?;
        effects.notes = true;
        Ok(Change::SetNotes(std::mem::replace(
            &mut self.scenario.notes,
            notes,
        )))
    }
}
