//! What the jobs have cost, and what they may still cost.

use imagegen::price::{Amount, Currency};

/// The amounts of a batch, in its one currency.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    /// That of the jobs; `None` if they have no price, or not all the same.
    pub(crate) currency: Option<Currency>,
    pub(crate) limit: Option<Amount>,
    /// What was charged, in earlier runs too.
    spent: Amount,
    /// The most that is charged for what is out, or has an unknown outcome.
    held: Amount,
}

impl Budget {
    pub(crate) fn new(currency: Option<Currency>, limit: Option<Amount>) -> Self {
        Self {
            currency,
            limit,
            ..Self::default()
        }
    }

    /// What is spent, and what may be.
    pub(crate) fn charged(&self) -> Amount {
        self.spent + self.held
    }

    /// Whether a job that costs at most so much is within the budget.
    pub(crate) fn allow(&self, most: Option<Amount>) -> bool {
        let most = most.unwrap_or_default();
        self.limit
            .is_none_or(|limit| self.charged() + most <= limit)
    }

    /// A job goes out, or has an unknown outcome.
    pub(crate) fn hold(&mut self, most: Option<Amount>) {
        self.held = self.held + most.unwrap_or_default();
    }

    /// A job that was held has come to an end.
    pub(crate) fn settle(&mut self, most: Option<Amount>, cost: Option<Amount>) {
        self.held = self
            .held
            .checked_sub(most.unwrap_or_default())
            .unwrap_or_default();
        self.spend(cost);
    }

    /// Something was charged.
    pub(crate) fn spend(&mut self, cost: Option<Amount>) {
        self.spent = self.spent + cost.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_counts_with_the_most_it_can_cost() {
        let amount = |units| Some(Amount::from_millionths(units));
        let mut budget = Budget::new(None, amount(10));
        budget.spend(amount(2));
        budget.hold(amount(6));
        assert!(budget.allow(amount(2)) && !budget.allow(amount(3)));
        budget.settle(amount(6), amount(1));
        assert!(budget.allow(amount(7)) && !budget.allow(amount(8)));
        assert_eq!(Some(budget.charged()), amount(3));
        assert!(Budget::default().allow(amount(u64::MAX)));
    }
}
